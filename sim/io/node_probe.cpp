// SPDX-License-Identifier: Apache-2.0
#include "sim/io/node_probe.hpp"

#include <nlohmann/json.hpp>

#include "sim/io/child_process.hpp"
#include "sim/io/live_medium.hpp"

namespace muster::sim {
namespace {

constexpr std::chrono::milliseconds patience{2000};
/// RFC 8966, 2.1.
constexpr int metric_infinity = 0xffff;

void read_status(const std::string& text, NodeView& view, std::uint64_t& waiting) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return;
  view.answered = true;
  if (const auto digest = json.find("directory_digest");
      digest != json.end() && digest->is_string()) {
    view.directory_digest = digest->get<std::string>();
  }
  if (const auto count = json.find("messages_waiting");
      count != json.end() && count->is_number_unsigned()) {
    waiting = count->get<std::uint64_t>();
  }
}

void read_routes(const std::string& text, NodeView& view) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array()) return;
  for (const auto& route : json) {
    if (!route.is_object() || !route.contains("name") || !route["name"].is_string()) continue;
    if (!route.contains("next_hop_name") || !route["next_hop_name"].is_string()) continue;
    if (route.value("metric", 0) >= metric_infinity) continue;
    view.next_hop[route["name"].get<std::string>()] = route["next_hop_name"].get<std::string>();
  }
}

}  // namespace

NodeProbe::~NodeProbe() {
  if (thread_.joinable()) thread_.join();
}

bool NodeProbe::ask(std::vector<Target> targets, std::function<void(const Answer&)> done) {
  if (busy_) return false;
  if (thread_.joinable()) thread_.join();
  busy_ = true;
  thread_ = std::thread([this, targets = std::move(targets), done = std::move(done)] {
    auto answer = round(targets);
    loop_.post([this, answer = std::move(answer), done] {
      busy_ = false;
      done(answer);
    });
  });
  return true;
}

NodeProbe::Answer NodeProbe::round(const std::vector<Target>& targets) const {
  Answer answer;
  answer.asked = monotonic_now();
  answer.messages_waiting.resize(targets.size());
  std::vector<Command> commands;
  for (const auto& target : targets) {
    answer.views.push_back({target.name, false, "", {}});
    if (!target.ask) continue;
    commands.push_back({{muster_.string(), "status", "--control", target.control, "--json"}});
    commands.push_back({{muster_.string(), "routes", "--control", target.control, "--json"}});
  }
  const auto results = run_all(commands, patience);
  std::size_t next = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (!targets[i].ask) continue;
    const auto& status = results[next++];
    const auto& routes = results[next++];
    if (status && status->exit_code == 0)
      read_status(status->output, answer.views[i], answer.messages_waiting[i]);
    if (routes && routes->exit_code == 0) read_routes(routes->output, answer.views[i]);
  }
  return answer;
}

}  // namespace muster::sim
