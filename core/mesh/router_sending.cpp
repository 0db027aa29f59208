// SPDX-License-Identifier: Apache-2.0
// What Router tells its neighbours, and when it is cut into messages.
#include <algorithm>
#include <cassert>
#include <utility>

#include "core/mesh/router.hpp"

namespace muster::mesh {
namespace {

/// What still goes into a message.
class Room {
 public:
  explicit Room(std::size_t message_bytes_max)
      : left_(message_bytes_max - RouteMessage::compact_header_bytes_max) {
    assert(message_bytes_max >=
           RouteMessage::compact_header_bytes_max + RouteMessage::compact_update_bytes_max);
  }
  [[nodiscard]] bool fits(std::size_t entries, std::size_t bytes) const {
    return entries_ + entries <= RouteMessage::entries_max && bytes <= left_;
  }
  void take(std::size_t entries, std::size_t bytes) {
    entries_ += entries;
    left_ -= std::min(left_, bytes);
  }

 private:
  std::size_t left_;
  std::size_t entries_ = 0;
};

}  // namespace

void Router::send_due(TimePoint now) {
  if (neighbours_.empty()) return;  // what is new waits for somebody to hear it
  tell_all(now);
  tell_many_since(now);
  for (auto& [id, neighbour] : neighbours_) {
    if (neighbour.owed_after && (!neighbour.answer_at || *neighbour.answer_at <= now)) {
      neighbour.answer_at.reset();
      tell_since(id, *std::exchange(neighbour.owed_after, std::nullopt));
      all_told_holds(now);
    }
    if (neighbour.owed_after) arm(answers, *neighbour.answer_at);
    answer(id, neighbour);
    send_requests(id, neighbour);
  }
}

/// From which revision on what was told is repeated: of the latest tellings as many as are not too
/// much together.
std::uint32_t Router::repeated_after(TimePoint now) const {
  std::uint32_t after = revision_;
  if (!crowded() || restless()) return after;
  for (auto telling = tellings_.rbegin(); telling != tellings_.rend(); ++telling) {
    if (now - telling->first > limits_.repeated_for) break;
    std::size_t bytes = 0;
    for (const auto& id : told_after(telling->second))
      bytes += update_bytes(told_last(id), names());
    if (bytes > limits_.repeated_bytes_max) break;
    after = telling->second;
  }
  return after;
}

/// Whether what was told in that revision is among what is told again by itself.
bool Router::is_repeated(TimePoint now, std::uint32_t told_in) const {
  const bool lately = !tellings_.empty() && told_in > tellings_.front().second;
  return lately && told_in > repeated_after(now);
}

/// What was last told after that revision, and is not about to be told anew.
std::vector<NodeId> Router::told_after(std::uint32_t revision) const {
  std::vector<NodeId> told;
  if (own_told_in_ > revision && !dirty_.contains(self_)) told.push_back(self_);
  for (const auto& [id, destination] : destinations_) {
    if (destination.told_in > revision && destination.routes.told() && !dirty_.contains(id))
      told.push_back(id);
  }
  return told;
}

/// What has changed and what is asked for, to all: each message that tells something new is a
/// revision.
void Router::tell_all(TimePoint now) {
  if (dirty_.empty() && requests_.empty()) return;
  const std::uint32_t after = repeated_after(now);
  auto repeated = told_after(after);
  if (!dirty_.empty()) tellings_.emplace_back(now, revision_);
  if (tellings_.size() > limits_.repeated_tellings) tellings_.pop_front();
  tell_in_messages(now, after, std::move(repeated));
  // The more there is to tell, the more of it goes together.
  const bool busy = now - told_at_ < limits_.telling_spacing_max * 3;
  telling_spacing_ = busy ? std::min(std::max(telling_spacing_ * 2, limits_.urgent_delay_max),
                                     limits_.telling_spacing_max)
                          : Duration{};
  told_at_ = now;
  all_told_holds(now);
  if (in_rounds()) return;
  if (std::exchange(urgent_, false)) {
    refresh_wait_ = limits_.refresh_interval_min;
    timers_[refresh].reset();
  } else {
    refresh_wait_ = std::max(limits_.refresh_interval_min, limits_.refresh_after_lazy);
  }
  arm(refresh, now + jitter(refresh_wait_ / 2, refresh_wait_));
}

void Router::tell_in_messages(TimePoint now, std::uint32_t after, std::vector<NodeId> repeated) {
  while (!dirty_.empty() || !requests_.empty()) {
    tell_some(now, after, std::exchange(repeated, {}));
    after = revision_;
  }
}

/// As much as one message holds.
void Router::tell_some(TimePoint now, std::uint32_t after, const std::vector<NodeId>& repeated) {
  if (!dirty_.empty()) ++revision_;
  RouteMessage message;
  message.after = after;
  message.upto = revision_;
  Room room(limits_.message_bytes_max);
  for (const auto& id : repeated) {
    message.updates.push_back(told_last(id));
    room.take(1, update_bytes(message.updates.back(), names()));
  }
  for (auto id = dirty_.begin(); id != dirty_.end(); id = dirty_.erase(id)) {
    if (*id != self_ && !destinations_.contains(*id)) continue;
    const RouteDistance distance =
        *id == self_ ? RouteDistance{own_version_, 0} : destinations_.at(*id).routes.distance();
    const std::size_t bytes = update_bytes({*id, distance}, names());
    if (!room.fits(1, bytes)) break;
    room.take(1, bytes);
    message.updates.push_back(tell(now, *id));
  }
  message.is_newest = dirty_.empty();
  Room asked(limits_.message_bytes_max);
  for (auto next = requests_.begin(); next != requests_.end(); next = requests_.erase(next)) {
    const std::size_t bytes = request_bytes(next->second, names());
    if (!room.fits(0, bytes) || !asked.fits(1, bytes)) break;
    room.take(0, bytes);
    asked.take(1, bytes);
    message.requests.push_back(next->second);
    ++counters_.requests_sent;
  }
  send(std::nullopt, std::move(message));
}

/// Several who have missed something hear it from one telling.
void Router::tell_many_since(TimePoint now) {
  std::size_t count = 0;
  std::uint32_t after = revision_;
  for (const auto& [id, neighbour] : neighbours_) {
    if (!neighbour.owed_after) continue;
    ++count;
    after = std::min(after, *neighbour.owed_after);
  }
  const bool due = std::any_of(neighbours_.begin(), neighbours_.end(), [&](const auto& each) {
    return each.second.owed_after && (!each.second.answer_at || *each.second.answer_at <= now);
  });
  if (!due || count < limits_.answered_together_min) return;
  for (auto& [id, neighbour] : neighbours_) {
    neighbour.owed_after.reset();
    neighbour.answer_at.reset();
  }
  tell_since(std::nullopt, after);
  all_told_holds(now);
}

/// To one neighbour or to all, in the order of revisions and cut between them, so that each message
/// stands for itself.
void Router::tell_since(const std::optional<NodeId>& to, std::uint32_t after) {
  std::vector<std::pair<std::uint32_t, NodeId>> told;
  if (own_told_in_ > after) told.emplace_back(own_told_in_, self_);
  for (const auto& [id, destination] : destinations_) {
    // Lately retracted ones as well: the retraction may be what was lost.
    if (destination.routes.told() && destination.told_in > after)
      told.emplace_back(destination.told_in, id);
  }
  std::sort(told.begin(), told.end());
  Room room(limits_.message_bytes_max);
  RouteMessage message;
  message.after = std::min(after, revision_);
  for (std::size_t i = 0; i < told.size();) {
    std::size_t end = i;
    std::size_t bytes = 0;
    for (; end < told.size() && told[end].first == told[i].first; ++end)
      bytes += update_bytes(told_last(told[end].second), names());
    if (!room.fits(end - i, bytes) && !message.updates.empty()) {
      const std::uint32_t upto = told[i - 1].first;
      message.upto = upto;
      send(to, std::exchange(message, {}));
      message.after = upto;
      room = Room(limits_.message_bytes_max);
    }
    room.take(end - i, bytes);
    for (; i < end; ++i) message.updates.push_back(told_last(told[i].second));
  }
  message.upto = revision_;
  message.is_newest = true;
  send(to, std::move(message));
}

/// What was asked for by name: what all have been told, if that is new enough.
void Router::answer(const NodeId& to, Neighbour& neighbour) {
  for (const auto& id : std::exchange(neighbour.owed, {})) {
    const auto found = destinations_.find(id);
    if (found == destinations_.end() || !found->second.routes.told()) continue;
    RouteMessage message;
    message.after = message.upto = found->second.told_in;
    message.updates.push_back({id, *found->second.routes.told()});
    send(to, std::move(message));
  }
}

void Router::send_requests(const NodeId& to, Neighbour& neighbour) {
  Room room(limits_.message_bytes_max);
  RouteMessage questions;
  for (const auto& [destination, request] : neighbour.requests) {
    const std::size_t bytes = request_bytes(request, names());
    if (!room.fits(1, bytes)) {
      send(to, std::exchange(questions, {}));
      room = Room(limits_.message_bytes_max);
    }
    room.take(1, bytes);
    questions.requests.push_back(request);
  }
  counters_.requests_sent += neighbour.requests.size();
  neighbour.requests.clear();
  if (!questions.requests.empty()) send(to, std::move(questions));
}

/// Which revision is the newest, slower and slower while there is nothing new (RFC 6206 without
/// its suppression, since here everybody has something else to say).
void Router::send_refresh(TimePoint now) {
  if (neighbours_.empty()) return;
  if (restless()) return tell_round(now);
  if (limits_.rounds) {
    tell_all(now);
    tell_since(std::nullopt, 0);
  } else {
    RouteMessage message;
    message.after = repeated_after(now);
    message.upto = revision_;
    message.is_newest = dirty_.empty();
    for (const auto& id : told_after(message.after)) message.updates.push_back(told_last(id));
    send(std::nullopt, std::move(message));
  }
  all_told_holds(now);
  refresh_wait_ = std::min(refresh_wait_ * 2, limits_.refresh_interval);
  arm(refresh, now + jitter(refresh_wait_ - refresh_wait_ / 8, refresh_wait_ + refresh_wait_ / 8));
}

/// Everything, whether it has changed or not, with a new version of ourselves: whoever hears all of
/// it has missed nothing.
void Router::tell_round(TimePoint now) {
  own_version_ = own_version_.next();
  table_bytes_ = update_bytes({self_, {own_version_, 0}}, names());
  dirty_.insert(self_);
  for (const auto& [id, destination] : destinations_) {
    const RouteDistance distance = destination.routes.distance();
    if (!destination.routes.told() && !distance.finite()) continue;
    dirty_.insert(id);
    table_bytes_ += update_bytes({id, distance}, names());
  }
  tell_in_messages(now, 0, {});
  told_at_ = now;
  all_told_holds(now);
  refresh_wait_ = round();
  arm(refresh, now + jitter(refresh_wait_ - refresh_wait_ / 8, refresh_wait_ + refresh_wait_ / 8));
}

Duration Router::round() const {
  const Duration second = std::chrono::seconds{1};
  const auto paid = second * table_bytes_ / limits_.round_bytes_per_second;
  return std::clamp<Duration>(paid, limits_.round_min, limits_.round_max);
}

/// The next round is the answer to all who have asked.
void Router::way_broke(TimePoint now) {
  if (limits_.rounds || limits_.tell_of_neighbours_only) return;
  const bool was_restless = restless();
  unrest_.broke(now);
  if (was_restless || !restless()) return;
  for (auto& [id, neighbour] : neighbours_) {
    neighbour.owed_after.reset();
    neighbour.answer_at.reset();
  }
  arm(refresh, now + jitter(Duration{}, limits_.round_min));
}

RouteUpdate Router::told_last(const NodeId& id) const {
  return {id, id == self_ ? RouteDistance{own_version_, 0} : *destinations_.at(id).routes.told()};
}

RouteUpdate Router::tell(TimePoint now, const NodeId& id) {
  if (id == self_) {
    own_told_in_ = revision_;
    return {self_, {own_version_, 0}};
  }
  Destination& destination = destinations_.at(id);
  const RouteDistance distance =
      destination.routes.tell(now + limits_.feasibility_lifetime, is_withheld(id, destination));
  destination.told_in = revision_;
  if (destination.wanted && distance.finite() && distance.version >= *destination.wanted) {
    destination.wanted.reset();
  }
  return {id, distance};
}

/// Neighbours go on using what they were told, so the promises in it are renewed; not each time,
/// for there is a refresh interval to spare.
void Router::all_told_holds(TimePoint now) {
  if (held_at_ && now - *held_at_ < limits_.sweep_interval) return;
  held_at_ = now;
  for (auto& [id, destination] : destinations_)
    destination.routes.tell_again(now + limits_.feasibility_lifetime);
}

void Router::send(const std::optional<NodeId>& to, RouteMessage message) {
  message.boot = boot_;
  if (!limits_.short_names) message.names = own_names();
  ++counters_.messages_sent;
  std::optional<TimePoint> again_by;
  if (restless() && !to) again_by = told_at_ + limits_.round_max;
  outputs_.push_back(Send{to, encode(message, names()), again_by});
}

}  // namespace muster::mesh
