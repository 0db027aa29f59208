// SPDX-License-Identifier: Apache-2.0
#include "node/delegations.hpp"

#include <algorithm>

namespace muster::node {

bool Delegations::prove(TimePoint now, const std::string& aor, const NodeId& visited) {
  auto& nodes = users_[aor].proven_at;
  const bool is_new = !nodes.contains(visited);
  nodes[visited] = now;
  if (nodes.size() > wire::DelegationRecord::visited_max) {
    nodes.erase(std::min_element(nodes.begin(), nodes.end(),
                                 [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  return is_new;
}

void Delegations::restore(const std::string& aor, const wire::DelegationRecord& record,
                          TimePoint written_at) {
  for (const auto& visited : record.visited) {
    users_[aor].proven_at[visited.node] = written_at - visited.age;
  }
}

std::optional<wire::DelegationRecord> Delegations::state(TimePoint now, const std::string& aor) {
  const auto user = users_.find(aor);
  if (user == users_.end()) return std::nullopt;
  auto& [proven_at, restate_at] = user->second;
  std::erase_if(proven_at, [&](const auto& node) { return now - node.second >= limits_.lifetime; });
  if (proven_at.empty()) {
    users_.erase(user);
    return std::nullopt;
  }
  wire::DelegationRecord record;
  for (const auto& [node, at] : proven_at) {
    record.visited.push_back({node, std::chrono::ceil<std::chrono::seconds>(now - at)});
  }
  restate_at = now + limits_.restated_every;
  return record;
}

std::vector<std::string> Delegations::due(TimePoint now) const {
  std::vector<std::string> aors;
  for (const auto& [aor, user] : users_) {
    if (user.restate_at <= now) aors.push_back(aor);
  }
  return aors;
}

std::optional<TimePoint> Delegations::deadline() const {
  std::optional<TimePoint> due;
  for (const auto& [aor, user] : users_) due = earlier(due, user.restate_at);
  return due;
}

}  // namespace muster::node
