// SPDX-License-Identifier: Apache-2.0
#include "radio/hop_pace.hpp"

#include <algorithm>

namespace muster::radio {
namespace {

constexpr std::size_t short_datagram_bytes = 60;  ///< an acknowledgement, sealed
constexpr double waits_max = 20;
constexpr int access_slots = 16;  ///< waited before a frame, as a rule
/// Share of the channel that all stations together may use to ask whether neighbours are there.
constexpr int probes_take_one_of = 100;

}  // namespace

Duration exchange_time(const LinkProfile& profile, std::size_t datagram_bytes_max) {
  const Duration on_air =
      profile.airtime(datagram_bytes_max) + profile.airtime(short_datagram_bytes);
  if (!profile.duty_cycle) return on_air + access_slots * profile.slot;
  // What a burst has spent comes back slowly: as a rule half of the wait that this can mean.
  const double waits = std::clamp(0.5 / *profile.duty_cycle, 1.0, waits_max);
  return Duration{static_cast<Duration::rep>(static_cast<double>(on_air.count()) * waits)} +
         access_slots * profile.slot;
}

HopLink::Limits paced(HopLink::Limits limits, const LinkProfile& profile,
                      std::size_t datagram_bytes_max, std::size_t stations) {
  if (!profile.metered()) return limits;
  const Duration frame = profile.airtime(datagram_bytes_max);
  const Duration exchange = exchange_time(profile, datagram_bytes_max);
  const auto slower = [](Duration& limit, Duration than) { limit = std::max(limit, than); };
  slower(limits.queue_delay_target, 4 * frame);
  slower(limits.rto_initial, 3 * exchange);
  slower(limits.rto_min, exchange);
  slower(limits.rto_max, 30 * exchange);
  slower(limits.min_rtt_span, 60 * exchange);
  slower(limits.ack_hold_max, frame);
  limits.codel = {16 * frame, 64 * frame};
  limits.flash_frames_beyond = 3;

  auto& alive = limits.liveness;
  // A question and its answer, for each pair of stations.
  const Duration question = 2 * profile.airtime(short_datagram_bytes);
  const auto pairs = static_cast<Duration::rep>(std::max<std::size_t>(stations, 1) *
                                                (std::max<std::size_t>(stations, 1) + 1) / 2);
  slower(alive.probe_interval_min, question * probes_take_one_of * pairs);
  slower(alive.probe_interval_max, 2 * alive.probe_interval_min);
  slower(alive.probe_retry, 3 * exchange);
  slower(alive.probe_retry_first, 3 * exchange);
  slower(alive.awake_for, 9 * exchange);
  slower(alive.trial_spacing, 2 * exchange);
  slower(alive.probe_interval_down, 60 * exchange);
  slower(alive.silence_min, 20 * exchange);
  slower(alive.silence_max, alive.probe_interval_max + 60 * exchange);
  return limits;
}

}  // namespace muster::radio
