// SPDX-License-Identifier: Apache-2.0
// What Router tells its neighbours, and when it is cut into messages.
#include <algorithm>
#include <cassert>
#include <utility>

#include "core/mesh/router.hpp"

namespace muster::mesh {
namespace {

std::size_t fitting(std::size_t message_bytes_max, std::size_t entry_bytes) {
  assert(message_bytes_max >= RouteMessage::header_bytes + entry_bytes);
  return std::min(RouteMessage::entries_max,
                  (message_bytes_max - RouteMessage::header_bytes) / entry_bytes);
}

}  // namespace

void Router::send_due(TimePoint now) {
  const std::vector<NodeId> changed{dirty_.begin(), dirty_.end()};
  dirty_.clear();
  send_updates(now, std::nullopt, changed);
  for (auto& [id, neighbour] : neighbours_) {
    if (neighbour.owed_table) {
      send_updates(now, id, all_ids(), true);
    } else {
      send_updates(now, id, {neighbour.owed.begin(), neighbour.owed.end()});
    }
    neighbour.owed_table = false;
    neighbour.owed.clear();
    RouteMessage questions;
    for (const auto& [destination, request] : neighbour.requests) {
      questions.requests.push_back(request);
      if (questions.requests.size() ==
          fitting(limits_.message_bytes_max, RouteMessage::request_bytes)) {
        send(id, std::exchange(questions, {}));
      }
    }
    counters_.requests_sent += neighbour.requests.size();
    neighbour.requests.clear();
    if (!questions.requests.empty()) send(id, std::move(questions));
  }
}

/// One message at a time, so that the table is spread over the interval. Each round begins with
/// ourselves under a new sequence number: it lets feasibility distances rise again everywhere.
void Router::send_refresh(TimePoint now) {
  if (neighbours_.empty()) {
    refreshed_to_.reset();
    return;
  }
  const std::size_t count_max = fitting(limits_.message_bytes_max, RouteMessage::update_bytes);
  const std::size_t messages = destinations_.size() / count_max + 1;
  std::vector<NodeId> ids;
  auto next = destinations_.begin();
  if (refreshed_to_) {
    next = destinations_.upper_bound(*refreshed_to_);
  } else {
    own_version_ = own_version_.next();
    ids.push_back(self_);
  }
  for (; next != destinations_.end() && ids.size() < count_max; ++next) {
    ids.push_back(next->first);
    refreshed_to_ = next->first;
  }
  if (next == destinations_.end()) refreshed_to_.reset();
  send_updates(now, std::nullopt, ids, false, true);
  const Duration pause = limits_.refresh_interval / static_cast<Duration::rep>(messages);
  arm(refresh, now + jitter(pause - pause / 8, pause + pause / 8));
}

void Router::send_updates(TimePoint now, const std::optional<NodeId>& to,
                          const std::vector<NodeId>& ids, bool is_table, bool is_refresh) {
  const std::size_t count_max = fitting(limits_.message_bytes_max, RouteMessage::update_bytes);
  for (std::size_t begin = 0; begin < ids.size(); begin += count_max) {
    RouteMessage message;
    message.is_table = is_table;
    for (std::size_t i = begin; i < std::min(ids.size(), begin + count_max); ++i) {
      if (ids[i] == self_ || destinations_.contains(ids[i])) {
        message.updates.push_back(tell(now, ids[i]));
      }
    }
    if (!message.updates.empty()) send(to, std::move(message), is_refresh);
  }
}

RouteUpdate Router::tell(TimePoint now, const NodeId& id) {
  if (id == self_) return {self_, {own_version_, 0}};
  Destination& destination = destinations_.at(id);
  const RouteDistance distance = destination.routes.tell(now + limits_.feasibility_lifetime);
  if (destination.wanted && distance.finite() && distance.version >= *destination.wanted) {
    destination.wanted.reset();
  }
  return {id, distance};
}

void Router::send(const std::optional<NodeId>& to, RouteMessage message, bool is_refresh) {
  if (neighbours_.empty()) return;
  message.boot = boot_;
  message.number = ++number_;
  ++counters_.messages_sent;
  outputs_.push_back(Send{to, encode(message), is_refresh});
}

/// Lately retracted ones as well: the retraction may be what was lost.
std::vector<NodeId> Router::all_ids() const {
  std::vector<NodeId> ids{self_};
  for (const auto& [id, destination] : destinations_) {
    if (destination.routes.next_hop() || destination.routes.told()) ids.push_back(id);
  }
  return ids;
}

}  // namespace muster::mesh
