// SPDX-License-Identifier: Apache-2.0
#include "sim/console.hpp"

#include <charconv>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace muster::sim {
namespace {

using Words = std::vector<std::string>;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

Words split(std::string_view text, char at) {
  Words words;
  while (!text.empty()) {
    const auto end = std::min(text.find(at), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

Result<HostIndex> host(const std::string& word, const Scenario& scenario) {
  for (HostIndex index = 0; index < scenario.hosts.size(); ++index) {
    if (word == scenario.hosts[index].name || word == std::to_string(index + 1)) return index;
  }
  return fail(fmt::format("there is no host {}; hosts are 1 to {}", word, scenario.hosts.size()));
}

Result<std::vector<HostIndex>> host_list(const std::string& word, const Scenario& scenario) {
  std::vector<HostIndex> hosts;
  for (const auto& part : split(word, ',')) {
    const auto found = host(part, scenario);
    if (!found) return tl::make_unexpected(found.error());
    hosts.push_back(*found);
  }
  return hosts;
}

Result<bool> users_known(const Words& words, std::size_t first, std::size_t last,
                         const Scenario& scenario) {
  for (auto place = first; place <= last; ++place) {
    if (!scenario.host_of_user(words[place]))
      return fail(fmt::format("there is no user {}", words[place]));
  }
  return true;
}

Result<EventAction> call(const Words& words, std::string_view, const Scenario& scenario) {
  if (const auto known = users_known(words, 1, 2, scenario); !known)
    return tl::make_unexpected(known.error());
  const auto talk = words.size() > 3 ? parse_duration(words[3]) : parse_duration("20s");
  if (!talk || *talk <= Duration{}) return fail(words[3] + " is no time; write for example 20s");
  if (words[1] == words[2]) return fail("nobody calls himself; name another user");
  return CallEvent{words[1], words[2], *talk};
}

Result<EventAction> message(const Words& words, std::string_view line, const Scenario& scenario) {
  if (const auto known = users_known(words, 1, 2, scenario); !known)
    return tl::make_unexpected(known.error());
  const auto behind =
      line.find(words[2], line.find(words[1], words[0].size()) + words[1].size()) + words[2].size();
  return MessageEvent{words[1], words[2], std::string(trimmed(line.substr(behind)))};
}

Result<EventAction> registration(const Words& words, std::string_view, const Scenario& scenario) {
  if (const auto known = users_known(words, 1, 1, scenario); !known)
    return tl::make_unexpected(known.error());
  return RegisterEvent{words[1], std::nullopt};
}

Result<EventAction> partition(const Words& words, std::string_view, const Scenario& scenario) {
  PartitionEvent event;
  std::set<HostIndex> named;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto group = host_list(words[i], scenario);
    if (!group) return tl::make_unexpected(group.error());
    for (const auto one : *group) {
      if (!named.insert(one).second) return fail(scenario.hosts[one].name + " is in two groups");
    }
    event.groups.push_back(*group);
  }
  return event;
}

Result<EventAction> heal(const Words&, std::string_view, const Scenario&) { return HealEvent{}; }

Result<EventAction> loss(const Words& words, std::string_view, const Scenario&) {
  double rate = -1;
  std::from_chars(words[1].data(), words[1].data() + words[1].size(), rate);
  if (rate < 0 || rate > 1) return fail(words[1] + " is no share of frames; give 0 to 1");
  return LossEvent{rate, std::nullopt};
}

Result<EventAction> kill(const Words& words, std::string_view, const Scenario& scenario) {
  const auto hosts = host_list(words[1], scenario);
  if (!hosts) return tl::make_unexpected(hosts.error());
  return KillEvent{*hosts, std::nullopt};
}

Result<EventAction> restart(const Words& words, std::string_view, const Scenario& scenario) {
  if (words.size() == 1) return RestartEvent{};
  const auto hosts = host_list(words[1], scenario);
  if (!hosts) return tl::make_unexpected(hosts.error());
  return RestartEvent{*hosts};
}

struct Verb {
  std::size_t words_min;
  Result<EventAction> (*read)(const Words&, std::string_view, const Scenario&);
};

const std::map<std::string, Verb, std::less<>> verbs = {
    {"call", {3, call}},           {"message", {4, message}}, {"register", {2, registration}},
    {"partition", {2, partition}}, {"heal", {1, heal}},       {"loss", {2, loss}},
    {"kill", {2, kill}},           {"restart", {1, restart}}};

}  // namespace

Result<EventAction> read_console_line(std::string_view line, const Scenario& scenario) {
  line = trimmed(line);
  const auto words = split(line, ' ');
  const auto verb = words.empty() ? verbs.end() : verbs.find(words[0]);
  if (verb == verbs.end() || words.size() < verb->second.words_min)
    return fail("write: " + std::string(console_help));
  return verb->second.read(words, line, scenario);
}

}  // namespace muster::sim
