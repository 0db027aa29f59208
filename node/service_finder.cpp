// SPDX-License-Identifier: Apache-2.0
#include "node/service_finder.hpp"

#include <algorithm>

namespace muster::node {

std::uint64_t ServiceFinder::open(TimePoint now, std::string_view service,
                                  std::set<std::uint64_t> look_ups) {
  if (questions_.size() >= limits_.questions_max) questions_.erase(questions_.begin());
  Question question;
  question.service = service;
  question.look_ups = std::move(look_ups);
  question.until = now + limits_.patience;
  questions_.emplace(++last_, std::move(question));
  return last_;
}

std::optional<std::uint64_t> ServiceFinder::looked_up(std::uint64_t look_up,
                                                      const LookedUp& answer) {
  for (auto& [number, question] : questions_) {
    if (question.look_ups.erase(look_up) == 0) continue;
    question.any_unknown |= answer.outcome == Outcome::unknown;
    question.holders = std::max(question.holders, answer.holders);
    question.silent = std::max(question.silent, answer.silent);
    return question.look_ups.empty() ? std::optional(number) : std::nullopt;
  }
  return std::nullopt;
}

std::vector<NodeId> ServiceFinder::look_for(std::uint64_t number,
                                            const std::vector<NodeId>& nodes) {
  std::vector<NodeId> wanted;
  const auto at = questions_.find(number);
  if (at == questions_.end()) return wanted;
  for (const auto& node : nodes) {
    if (wanted.size() >= limits_.looked_for_max) break;
    if (at->second.looked_for.insert(node).second) wanted.push_back(node);
  }
  return wanted;
}

bool ServiceFinder::node_found(const NodeId& node, bool is_there,
                               std::optional<Duration> round_trip) {
  bool waited_for = false;
  for (auto& [number, question] : questions_) {
    if (question.looked_for.erase(node) == 0) continue;
    waited_for = true;
    if (is_there) question.met.insert_or_assign(node, round_trip);
  }
  return waited_for;
}

const ServiceFinder::Question* ServiceFinder::find(std::uint64_t number) const {
  const auto at = questions_.find(number);
  return at == questions_.end() ? nullptr : &at->second;
}

}  // namespace muster::node
