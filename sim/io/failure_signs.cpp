// SPDX-License-Identifier: Apache-2.0
#include "sim/io/failure_signs.hpp"

#include <algorithm>
#include <cctype>

#include "sim/io/run_lines.hpp"
#include "sim/io/run_report.hpp"

namespace muster::sim {
namespace {

/// The sentence without the names of hosts and users, without numbers and what is in quotes.
std::string kind_of(const std::string& sentence, const std::set<std::string>& names) {
  std::string kind;
  std::string word;
  const auto end_word = [&] {
    const bool counts = !word.empty() && !names.contains(word) &&
                        std::none_of(word.begin(), word.end(), [](char c) {
                          return std::isdigit(static_cast<unsigned char>(c)) != 0;
                        });
    if (counts) kind += (kind.empty() ? "" : " ") + word;
    word.clear();
  };
  bool quoted = false;
  for (const char c : sentence) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-') {
      word += c;
    } else {
      end_word();
    }
  }
  end_word();
  return kind;
}

std::set<std::string> names_of(const Scenario& scenario) {
  std::set<std::string> names;
  for (const auto& host : scenario.hosts) {
    names.insert(host.name);
    names.insert(host.users.begin(), host.users.end());
  }
  return names;
}

}  // namespace

std::set<std::string> failure_signs(const Scenario& scenario, const nlohmann::json& report) {
  if (report.value("verdict", "") == "crashed") return {"crashed"};
  std::set<std::string> signs;
  const auto verdicts = judge(scenario, report);
  for (std::size_t place = 0; place < verdicts.size(); ++place) {
    if (verdicts[place].held) continue;
    // What was not measured has not failed in the way of what was.
    const auto& metric = scenario.expectations[place].metric;
    signs.insert((number_at(report, metric) ? "expect " : "unmeasured ") + metric);
  }
  const auto names = names_of(scenario);
  for (const auto& sentence : report.value(nlohmann::json::json_pointer("/invariants/violations"),
                                           nlohmann::json::array())) {
    if (sentence.is_string()) signs.insert(kind_of(sentence.get<std::string>(), names));
  }
  return signs;
}

}  // namespace muster::sim
