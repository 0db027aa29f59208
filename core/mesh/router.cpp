// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/router.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace muster::mesh {
namespace {

/// With so many neighbours some are likely to want the same table, which then waits for them. In a
/// smaller crowd whoever is new had better have it at once.
constexpr std::size_t tables_wait_min = 6;

}  // namespace

Router::Router(NodeId self, std::uint32_t boot, Limits limits, std::uint64_t seed)
    : self_(self),
      boot_(boot),
      own_version_{boot, 0},
      limits_(limits),
      random_(seed),
      unrest_(limits.unrest),
      refresh_wait_(limits.refresh_interval_min) {
  assert(limits_.feasibility_lifetime > 2 * limits_.route_lifetime);
  dirty_.insert(self_);
}

void Router::set_limits(const Limits& limits) {
  assert(limits.feasibility_lifetime > limits.route_lifetime);
  limits_ = limits;
  review_names();
}

void Router::set_names(const ShortNames* names) {
  names_ = names;
  review_names();
}

void Router::review_names() {
  names_are_shared_ = names_ != nullptr &&
                      (limits_.short_names ||
                       (!names_->empty() &&
                        std::none_of(neighbours_.begin(), neighbours_.end(),
                                     [](const auto& each) { return each.second.other_names; })));
}

void Router::hear_names(Neighbour& neighbour, bool others) {
  if (std::exchange(neighbour.other_names, others) != others) review_names();
}

// ---- what the caller tells ----------------------------------------------------------------------

void Router::neighbour_up(TimePoint now, const NodeId& neighbour, Cost cost) {
  if (neighbours_.contains(neighbour)) return neighbour_cost(now, neighbour, cost);
  if (neighbour == self_ || neighbours_.size() >= limits_.neighbours_max) {
    ++counters_.neighbours_refused;
    return;
  }
  Neighbour& added = neighbours_[neighbour];
  added.cost = std::max<Cost>(cost, 1);
  if (!in_rounds()) added.owed_after = 0;
  const bool tables_wait = neighbours_.size() >= tables_wait_min;
  ask_soon(added, now + (tables_wait ? 2 * limits_.table_delay_max : limits_.ask_interval));
  answer_soon(now, added);
  refresh_wait_ = limits_.refresh_interval_min;
  arm(refresh, now + jitter(limits_.refresh_interval_min / 2, limits_.refresh_interval_min));
  arm(sweep, now + limits_.sweep_interval);
}

void Router::neighbour_cost(TimePoint now, const NodeId& neighbour, Cost cost) {
  const auto found = neighbours_.find(neighbour);
  cost = std::max<Cost>(cost, 1);
  if (found == neighbours_.end() || found->second.cost == cost) return;
  const bool far_worse = cost / 4 > found->second.cost;
  found->second.cost = cost;
  if (far_worse) {
    way_broke(now);
    renew_own(now);
  }
  for (auto& [id, destination] : destinations_) {
    if (destination.routes.set_cost(now, neighbour, cost)) choose(now, id, destination);
  }
}

void Router::neighbour_renewed(TimePoint now, const NodeId& neighbour) {
  const auto found = neighbours_.find(neighbour);
  if (found == neighbours_.end() || in_rounds()) return;
  auto& owed = found->second.owed_after;
  owed = std::min(owed.value_or(revision_), revision_);
  found->second.answer_at = now;
  ask_soon(found->second, now + limits_.ask_interval);
  arm_urgent(now);
}

void Router::neighbour_down(TimePoint now, const NodeId& neighbour) {
  if (neighbours_.erase(neighbour) == 0) return;
  review_names();
  forget_routes_of(now, neighbour);
  way_broke(now);
  renew_own(now);
}

void Router::forget_routes_of(TimePoint now, const NodeId& neighbour) {
  for (auto& [id, destination] : destinations_) {
    if (destination.routes.forget(neighbour)) choose(now, id, destination);
  }
}

// ---- what neighbours say ------------------------------------------------------------------------

void Router::receive(TimePoint now, const NodeId& from, BytesView bytes) {
  const auto found = neighbours_.find(from);
  if (found == neighbours_.end()) {
    ++counters_.from_strangers;
    return;
  }
  const auto message = decode_route_message(bytes, limits_.input_bytes_max, names_);
  Neighbour& neighbour = found->second;
  if (!message && message.error() == RouteMessageError::other_names) {
    ++counters_.other_names;
    return hear_names(neighbour, true);
  }
  if (!message) {
    ++counters_.malformed;
    return;
  }
  ++counters_.messages_received;
  if (!limits_.short_names) hear_names(neighbour, message->names != own_names());
  if (neighbour.boot && *neighbour.boot != message->boot) {
    ++counters_.neighbours_restarted;
    forget_routes_of(now, from);
    neighbour.heard = 0;
    neighbour.known = 0;
    if (!in_rounds()) neighbour.owed_after = 0;
  }
  neighbour.boot = message->boot;
  if (message->wants_after && limits_.rounds) {
    refresh_wait_ = limits_.refresh_interval_min;
    arm(refresh, now + jitter(refresh_wait_ / 2, refresh_wait_));
  } else if (message->wants_after && !restless()) {
    auto& owed = neighbour.owed_after;
    owed = std::min(owed.value_or(*message->wants_after), *message->wants_after);
  }
  if (neighbour.owed_after) answer_soon(now, neighbour);
  for (const auto& update : message->updates) hear_update(now, from, update, message->upto);
  hear_revision(now, from, neighbour, *message);
  for (const auto& request : message->requests) hear_request(now, from, request);
}

/// Whether anything is missing of what the neighbour has told; if not, and if it has told nothing
/// since, all its routes hold.
void Router::hear_revision(TimePoint now, const NodeId& from, Neighbour& neighbour,
                           const RouteMessage& message) {
  if (message.after <= neighbour.heard) neighbour.heard = std::max(neighbour.heard, message.upto);
  neighbour.known = std::max(neighbour.known, message.upto);
  if (neighbour.heard < neighbour.known) {
    if (!neighbour.ask_at) ask_soon(neighbour, now + patience_with(from, neighbour));
    return;
  }
  if (!message.is_newest) return;
  neighbour.ask_at.reset();
  if (now - neighbour.confirmed_at < limits_.sweep_interval) return;
  neighbour.confirmed_at = now;
  for (auto& [id, destination] : destinations_)
    destination.routes.confirm(from, now + limits_.route_lifetime);
}

Duration Router::patience_with(const NodeId& id, const Neighbour& neighbour) const {
  if (neighbour.heard == 0) return limits_.gap_patience;
  if (neighbour.cost >= limits_.gap_patient_cost) return limits_.gap_patience_long;
  if (!crowded()) return limits_.gap_patience;
  const bool relied_on = std::any_of(
      destinations_.begin(), destinations_.end(), [&](const Destinations::value_type& each) {
        return each.first != id && each.second.routes.next_hop() == id;
      });
  return relied_on ? limits_.gap_patience : limits_.gap_patience_long;
}

/// In a crowd others are likely to want the same.
void Router::answer_soon(TimePoint now, Neighbour& neighbour) {
  if (neighbours_.size() < tables_wait_min) {
    neighbour.answer_at = now;
    return arm_urgent(now);
  }
  const bool whole = neighbour.owed_after == 0U;
  const auto delay = whole ? limits_.table_delay_max : limits_.answer_delay_max;
  const TimePoint at = now + jitter(delay / 2, delay);
  neighbour.answer_at = earlier(neighbour.answer_at, at);
  arm(answers, at);
}

void Router::ask_soon(Neighbour& neighbour, TimePoint at) {
  if (limits_.rounds) return;
  if (restless()) at += 2 * round();  // who tells in rounds has told it by then
  neighbour.ask_wait =
      neighbours_.size() >= tables_wait_min ? 2 * limits_.table_delay_max : limits_.ask_interval;
  neighbour.ask_at = at;
}

void Router::hear_update(TimePoint now, const NodeId& from, const RouteUpdate& update,
                         std::uint32_t revision) {
  if (update.destination == self_) return hear_about_self(now, update);
  auto found = destinations_.find(update.destination);
  if (found == destinations_.end()) {
    if (!update.distance.finite()) return;
    if (destinations_.size() >= limits_.destinations_max) {
      ++counters_.destinations_refused;
      turned_away_ = true;
      return;
    }
    found = destinations_.emplace(update.destination, limits_.change_time).first;
  }
  auto& routes = found->second.routes;
  if (!routes.hear(now, from, neighbours_.at(from).cost, update.distance, revision,
                   now + limits_.route_lifetime)) {
    ++counters_.outdated_updates;
    return;
  }
  choose(now, found->first, found->second);
}

/// A node whose boot count was lost with its disk is remembered as newer than it is: it goes on
/// from what others remember. Only we announce ourselves, so any larger version is safe.
void Router::hear_about_self(TimePoint now, const RouteUpdate& update) {
  if (!update.distance.finite() || update.distance.version <= own_version_) return;
  ++counters_.version_overtaken;
  own_version_ = update.distance.version.next();
  dirty_.insert(self_);
  arm_urgent(now);
}

// ---- choosing -----------------------------------------------------------------------------------

void Router::choose(TimePoint now, const NodeId& id, Destination& destination) {
  const bool had_one = destination.routes.next_hop().has_value();
  const auto choice = destination.routes.choose(now);
  if (choice.better_one_waits) arm(rechoose, now + limits_.change_time / 4);
  if (choice.next_hop_changed) {
    ++counters_.next_hop_changes;
    outputs_.push_back(RouteChanged{id, destination.routes.next_hop(),
                                    destination.routes.distance().metric, had_one});
  }
  note_change(now, id, destination);
  note_need(now, id, destination.routes.need());
}

void Router::note_change(TimePoint now, const NodeId& id, const Destination& destination) {
  RouteDistance distance = destination.routes.distance();
  if (is_withheld(id, destination)) distance.metric = metric_infinity;
  const auto& told = destination.routes.told();
  const bool was_finite = told && told->finite();
  if (!distance.finite() && !was_finite) return;
  const bool asked =
      destination.wanted && distance.finite() && distance.version >= *destination.wanted;
  if (asked || was_finite != distance.finite() || told->version.boot != distance.version.boot) {
    dirty_.insert(id);
    arm_urgent(now);
  } else if (restless()) {
    return;  // the next round tells it
  } else if (moved_far(told->metric, distance.metric)) {
    dirty_.insert(id);
    arm(flush, now + jitter(limits_.lazy_delay_max / 2, limits_.lazy_delay_max));
  } else if (moved_much(told->metric, distance.metric)) {
    arm(drift, now + jitter(limits_.drift_delay_max / 2, limits_.drift_delay_max));
  }
}

/// What has moved and has not moved back meanwhile.
void Router::note_drift() {
  for (const auto& [id, destination] : destinations_) {
    const auto& told = destination.routes.told();
    const RouteDistance distance = destination.routes.distance();
    if (told && told->finite() && distance.finite() && moved_much(told->metric, distance.metric))
      dirty_.insert(id);
  }
}

// ---- time ---------------------------------------------------------------------------------------

void Router::advance(TimePoint now) {
  unrest_.advance(now);
  if (fire(sweep, now)) sweep_expired(now);
  if (fire(rechoose, now)) {
    for (auto& [id, destination] : destinations_) choose(now, id, destination);
  }
  if (fire(drift, now)) {
    note_drift();
    arm(flush, now);
  }
  ask_for_newer(now);
  ask_for_tables(now);
  if (fire(answers, now)) arm(flush, now);
  if (fire(refresh, now)) send_refresh(now);
  if (fire(flush, now)) send_due(now);
}

void Router::sweep_expired(TimePoint now) {
  for (auto it = destinations_.begin(); it != destinations_.end();) {
    const auto expired = it->second.routes.expire(now);
    if (expired.changed) choose(now, it->first, it->second);
    for (const auto& id : expired.neighbours) {
      // What has expired here may still hold there: it has to be told again.
      const auto neighbour = neighbours_.find(id);
      if (neighbour == neighbours_.end()) continue;
      neighbour->second.heard = 0;
      if (!neighbour->second.ask_at) ask_soon(neighbour->second, now);
    }
    if (it->second.routes.empty()) {
      dirty_.erase(it->first);
      requests_.erase(it->first);
      hungry_.erase(it->first);
      it = destinations_.erase(it);
    } else {
      ++it;
    }
  }
  if (turned_away_ && destinations_.size() < limits_.destinations_max) {
    turned_away_ = false;
    for (auto& [id, neighbour] : neighbours_) {
      neighbour.heard = 0;
      ask_soon(neighbour, now);
    }
  }
  ask_before_expiry(now);
  if (!destinations_.empty() || !neighbours_.empty()) arm(sweep, now + limits_.sweep_interval);
}

/// RFC 8966, 3.8.2.3: its refreshes did not come through, or it has stopped telling.
void Router::ask_before_expiry(TimePoint now) {
  for (const auto& [id, destination] : destinations_) {
    for (const auto& neighbour : destination.routes.expiring(now + limits_.ask_before_expiry)) {
      const auto found = neighbours_.find(neighbour);
      if (found == neighbours_.end() || found->second.ask_at) continue;
      ask_soon(found->second, now);
    }
  }
}

/// What it told may have come before we knew the neighbour, and then it is lost.
void Router::ask_for_tables(TimePoint now) {
  for (auto& [id, neighbour] : neighbours_) {
    if (!neighbour.ask_at || *neighbour.ask_at > now) continue;
    neighbour.ask_wait = std::min(neighbour.ask_wait * 2, limits_.refresh_interval);
    neighbour.ask_at = now + neighbour.ask_wait;
    ++counters_.tables_asked_for;
    RouteMessage question;
    question.wants_after = neighbour.heard;
    send(id, std::move(question));
  }
}

void Router::arm(Timer timer, TimePoint at) { timers_[timer] = earlier(timers_[timer], at); }

void Router::arm_urgent(TimePoint now) {
  urgent_ = true;
  const Duration delay = jitter(limits_.urgent_delay_min, limits_.urgent_delay_max);
  arm(flush, std::max(now + delay, told_at_ + telling_spacing_));
}

bool Router::fire(Timer timer, TimePoint now) {
  if (!timers_[timer] || *timers_[timer] > now) return false;
  timers_[timer].reset();
  return true;
}

Duration Router::jitter(Duration from, Duration to) {
  const auto width = std::max<Duration::rep>((to - from).count(), 0) + 1;
  return from +
         Duration{static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(width)))};
}

std::optional<Router::Output> Router::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> Router::deadline() const {
  std::optional<TimePoint> first;
  for (const auto& timer : timers_) first = earlier(first, timer);
  for (const auto& [id, hunger] : hungry_) first = earlier(first, hunger.at);
  for (const auto& [id, neighbour] : neighbours_) first = earlier(first, neighbour.ask_at);
  return first;
}

// ---- answers ------------------------------------------------------------------------------------

std::optional<NodeId> Router::next_hop(const NodeId& destination) const {
  const auto found = destinations_.find(destination);
  return found == destinations_.end() ? std::nullopt : found->second.routes.next_hop();
}

std::optional<NodeId> Router::usable_hop(const NodeId& destination,
                                         const std::function<bool(const NodeId&)>& usable) const {
  const auto found = destinations_.find(destination);
  if (found == destinations_.end()) return std::nullopt;
  const auto& hop = found->second.routes.next_hop();
  return !hop || usable(*hop) ? hop : found->second.routes.nearest_feasible(usable);
}

std::optional<Cost> Router::distance(const NodeId& destination) const {
  const auto found = destinations_.find(destination);
  if (found == destinations_.end() || !found->second.routes.next_hop()) return std::nullopt;
  return found->second.routes.distance().metric;
}

std::optional<std::uint32_t> Router::neighbour_boot(const NodeId& neighbour) const {
  const auto found = neighbours_.find(neighbour);
  return found == neighbours_.end() ? std::nullopt : found->second.boot;
}

std::optional<RouteDistance> Router::feasibility_distance(const NodeId& destination) const {
  const auto found = destinations_.find(destination);
  return found == destinations_.end() ? std::nullopt : found->second.routes.feasibility_distance();
}

std::vector<Router::Route> Router::routes() const {
  std::vector<Route> all;
  for (const auto& [id, destination] : destinations_) {
    const auto& hop = destination.routes.next_hop();
    if (!hop) continue;
    const RouteDistance distance = destination.routes.distance();
    all.push_back({id, *hop, distance.metric, distance.version.boot, distance.version.seqno,
                   destination.routes.feasible_count(), *hop == id});
  }
  return all;
}

}  // namespace muster::mesh
