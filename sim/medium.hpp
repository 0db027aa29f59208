// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// What lies between the hosts, whatever its kind: decides who gets which frame, and when.
///
/// Pure: `transmit` and the changes of the world go in; `advance` at the `deadline`, then drain
/// `poll`. The same seed and the same calls give the same arrivals. `now` never runs backwards.
class Medium {
 public:
  struct Arrival {
    TimePoint due;
    HostIndex from = 0;
    HostIndex to = 0;
    std::shared_ptr<const Bytes> frame;
  };
  struct Counters {
    std::uint64_t sent = 0;          ///< put on the air by hosts
    std::uint64_t delivered = 0;     ///< receptions
    std::uint64_t lost = 0;          ///< receptions lost by the medium, whatever the reason
    std::uint64_t out_of_reach = 0;  ///< unicasts to nobody who hears the sender
    std::uint64_t queue_full = 0;    ///< refused by the sender's transmitter
    std::uint64_t too_large = 0;     ///< above the MTU
    std::uint64_t over_budget = 0;   ///< sent although the duty cycle was used up
    std::uint64_t bytes_on_air = 0;
  };

  virtual ~Medium() = default;

  /// `from` sends a frame to one host or, with nothing, to all that hear it. False if the sender
  /// dropped it (queue full, too large).
  virtual bool transmit(TimePoint now, HostIndex from, std::optional<HostIndex> to,
                        Bytes frame) = 0;

  /// Hosts in different groups stop hearing each other; those named in none form one more group.
  virtual void partition(const std::vector<std::vector<HostIndex>>& groups) = 0;
  virtual void heal() = 0;
  /// From now on frames are lost at `rate`, each by itself, on every path or between two hosts.
  virtual void set_loss(double rate, std::optional<std::pair<HostIndex, HostIndex>> between) = 0;
  /// Where a host is from now on; without meaning where links are listed.
  virtual void move(TimePoint now, HostIndex host, Position position) = 0;

  /// Where a host is now; nothing where places have no meaning.
  [[nodiscard]] virtual std::optional<Position> position(HostIndex) const { return std::nullopt; }

  virtual void advance(TimePoint now) = 0;
  /// The next frame that has arrived by now, in order of its time.
  [[nodiscard]] virtual std::optional<Arrival> poll() = 0;
  [[nodiscard]] virtual std::optional<TimePoint> deadline() const = 0;

  [[nodiscard]] virtual const Counters& counters() const = 0;
  /// Time on the air of one host, since the start.
  [[nodiscard]] virtual Duration airtime(HostIndex host) const = 0;
  /// For each host the number of its connected component now, from 1; a dead host is one by itself.
  [[nodiscard]] virtual std::vector<unsigned> components(const std::vector<bool>& alive) const = 0;
};

}  // namespace muster::sim
