// SPDX-License-Identifier: Apache-2.0
#include "sim/walking_hosts.hpp"

namespace muster::sim {

WalkingHosts::WalkingHosts(std::vector<std::unique_ptr<HostPath>> paths, TimePoint start,
                           Duration step)
    : paths_(std::move(paths)), step_(step) {
  for (const auto& path : paths_) {
    legs_.push_back(path->first(start));
    positions_.push_back(legs_.back().at(start));
  }
  find_deadline(start);
}

bool WalkingHosts::advance(TimePoint now) {
  if (!deadline_ || now < *deadline_) return false;
  bool moved = false;
  for (std::size_t host = 0; host < legs_.size(); ++host) {
    auto& leg = legs_[host];
    while (leg.arrive <= now) leg = paths_[host]->next(leg.arrive, leg.to);
    const auto place = leg.at(now);
    moved = moved || place.x_m != positions_[host].x_m || place.y_m != positions_[host].y_m;
    positions_[host] = place;
  }
  find_deadline(now);
  return moved;
}

void WalkingHosts::place(TimePoint now, HostIndex host, Position position) {
  legs_[host] = paths_[host]->resume(now, position);
  positions_[host] = position;
  find_deadline(now);
}

void WalkingHosts::find_deadline(TimePoint now) {
  deadline_.reset();
  for (const auto& leg : legs_) {
    if (leg.depart == TimePoint::max()) continue;
    // One that rests moves a step after it leaves; one that walks, a step from now.
    deadline_ = earlier(deadline_, std::max(leg.depart, now) + step_);
  }
}

GroupedHosts::GroupedHosts(std::unique_ptr<Movement> centres, std::unique_ptr<Movement> members,
                           std::vector<std::uint32_t> group)
    : centres_(std::move(centres)),
      members_(std::move(members)),
      group_(std::move(group)),
      positions_(group_.size()) {
  add_up();
}

bool GroupedHosts::advance(TimePoint now) {
  const bool centres_moved = centres_->advance(now);
  const bool members_moved = members_->advance(now);
  if (!centres_moved && !members_moved) return false;
  add_up();
  return true;
}

void GroupedHosts::place(TimePoint now, HostIndex host, Position position) {
  const auto centre = centres_->positions()[group_[host]];
  members_->place(now, host, {position.x_m - centre.x_m, position.y_m - centre.y_m});
  add_up();
}

void GroupedHosts::add_up() {
  for (std::size_t host = 0; host < group_.size(); ++host) {
    const auto centre = centres_->positions()[group_[host]];
    const auto member = members_->positions()[host];
    positions_[host] = {centre.x_m + member.x_m, centre.y_m + member.y_m};
  }
}

}  // namespace muster::sim
