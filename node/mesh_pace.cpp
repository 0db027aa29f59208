// SPDX-License-Identifier: Apache-2.0
#include "node/mesh_pace.hpp"

#include <algorithm>

#include "security/session.hpp"

namespace muster::node {
namespace {

void slower(Duration& limit, Duration than) { limit = std::max(limit, than); }

/// What a route message has around it in a broadcast or in the first frame of a hop.
constexpr std::size_t route_overhead_bytes = security::session_overhead_bytes + 23;

}  // namespace

mesh::Router::Limits paced(mesh::Router::Limits limits, Duration answer_within,
                           std::size_t datagram_bytes_max) {
  slower(limits.urgent_delay_min, answer_within / 2);
  slower(limits.urgent_delay_max, 2 * answer_within);
  // What changes again while the channel is busy with the last change is told once.
  slower(limits.telling_spacing_max, 40 * answer_within);
  slower(limits.lazy_delay_max, 80 * answer_within);
  slower(limits.drift_delay_max, 200 * answer_within);
  slower(limits.refresh_interval_min, 40 * answer_within);
  slower(limits.refresh_interval, 800 * answer_within);
  slower(limits.route_lifetime, 8 * limits.refresh_interval);
  slower(limits.feasibility_lifetime, 3 * limits.route_lifetime);
  slower(limits.sweep_interval, 10 * answer_within);
  slower(limits.change_time, 20 * answer_within);
  slower(limits.request_interval, 20 * answer_within);
  slower(limits.request_interval_max, 400 * answer_within);
  slower(limits.request_repeat_min, 4 * answer_within);
  slower(limits.ask_interval, 60 * answer_within);
  slower(limits.gap_patience, 60 * answer_within);
  slower(limits.gap_patience_long, 60 * answer_within);
  if (answer_within > Duration{}) {
    const std::size_t fits =
        std::max<std::size_t>(datagram_bytes_max, 2 * route_overhead_bytes) - route_overhead_bytes;
    limits.message_bytes_max = std::min(limits.message_bytes_max, fits);
    slower(limits.ask_before_expiry, limits.refresh_interval);
    limits.ask_for_nearer = false;
    limits.rounds = true;
    limits.request_neighbours_max = 1;
    limits.short_names = true;
  }
  return limits;
}

mesh::Delivery::Limits paced(mesh::Delivery::Limits limits, Duration answer_within,
                             bool everywhere) {
  slower(limits.round_trip.timeout_max, 60 * answer_within);
  slower(limits.ack_life, 30 * answer_within);
  if (!everywhere) return limits;
  // Hops repeat by themselves: what is sent again is a second whole copy in the same queues.
  slower(limits.round_trip.timeout_initial, 16 * answer_within);
  slower(limits.round_trip.timeout_min, 8 * answer_within);
  slower(limits.departures.again_no_sooner, 8 * answer_within);
  return limits;
}

}  // namespace muster::node
