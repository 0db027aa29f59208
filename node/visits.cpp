// SPDX-License-Identifier: Apache-2.0
#include "node/visits.hpp"

#include <algorithm>

namespace muster::node {

bool Visits::arrived(TimePoint now, const std::string& aor) {
  if (ask_at_.size() >= limits_.users_max) return false;
  return ask_at_.emplace(aor, now).second;
}

void Visits::retain(const std::vector<std::string>& aors) {
  std::erase_if(ask_at_, [&](const auto& visit) {
    return std::find(aors.begin(), aors.end(), visit.first) == aors.end();
  });
}

void Visits::signed_for(std::string_view aor) {
  if (const auto visit = ask_at_.find(aor); visit != ask_at_.end()) visit->second.reset();
}

void Visits::renewed(TimePoint now) {
  for (auto& [aor, ask_at] : ask_at_) ask_at = now;
}

std::vector<std::string> Visits::due(TimePoint now) {
  std::vector<std::string> aors;
  for (auto& [aor, ask_at] : ask_at_) {
    if (!ask_at || *ask_at > now) continue;
    ask_at = now + limits_.ask_again_after;
    aors.push_back(aor);
  }
  return aors;
}

std::optional<TimePoint> Visits::deadline() const {
  std::optional<TimePoint> due;
  for (const auto& [aor, ask_at] : ask_at_) due = earlier(due, ask_at);
  return due;
}

std::vector<std::string> Visits::users() const {
  std::vector<std::string> aors;
  for (const auto& [aor, ask_at] : ask_at_) aors.push_back(aor);
  return aors;
}

}  // namespace muster::node
