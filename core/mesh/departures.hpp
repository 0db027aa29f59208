// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/precedence.hpp"
#include "core/base/round_trip.hpp"
#include "core/base/time.hpp"
#include "core/mesh/delivery_message.hpp"

namespace muster::mesh {

/// What we send to one node in one precedence: numbered, sent again until acknowledged, given up
/// in time.
class Departures {
 public:
  struct Limits {
    std::size_t in_flight_max = 32;
    std::uint32_t window = 512;  ///< numbers from the oldest unsettled one; below Arrivals' window
    /// Added to each wait: a large message takes longer on slow hops (this is 256 kbit/s).
    Duration wait_per_octet = std::chrono::microseconds{31};
    /// Not even a new route has a message sent again sooner: on slow links it is still on its way.
    Duration again_no_sooner{};
  };
  struct Due {
    Bytes payload;
    Duration remaining;
  };
  struct Settled {
    std::uint64_t handle;
    std::size_t bytes;
    bool acknowledged;
  };

  Departures(Limits limits, std::uint32_t boot, Precedence precedence)
      : limits_(limits), boot_(boot), precedence_(precedence) {}

  /// `handle` comes back when the message is settled.
  void submit(std::uint64_t handle, Bytes message, TimePoint give_up_at);
  /// Follow it by settled() and due(): others may start now.
  void acknowledge(TimePoint now, const DeliveryAck& ack, RoundTrip& round_trip);
  /// All that is under way is due now, with short waits again.
  void hurry(TimePoint now);
  /// What is to be sent now, new or again.
  [[nodiscard]] std::vector<Due> due(TimePoint now, const RoundTrip& round_trip);
  /// Gives up what is over time; then what was settled, by that or by acknowledgements.
  [[nodiscard]] std::vector<Settled> settled(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] std::size_t pending() const { return waiting_.size() + in_flight_.size(); }
  [[nodiscard]] std::uint64_t resent() const { return resent_; }

 private:
  static constexpr std::size_t attempts_remembered = 8;
  struct Waiting {
    std::uint64_t handle;
    Bytes message;
    TimePoint give_up_at;
  };
  struct InFlight {
    Waiting what;
    std::array<TimePoint, attempts_remembered> sent_at{};
    std::uint32_t attempts = 0;  ///< sendings so far
    unsigned waits = 0;          ///< of them without an answer since the last hurry
    TimePoint due_at;
  };
  [[nodiscard]] std::uint32_t floor() const;
  void finish(std::map<std::uint32_t, InFlight>::iterator which, bool acknowledged);
  [[nodiscard]] bool may_start() const;

  Limits limits_;
  std::uint32_t boot_;
  Precedence precedence_;
  std::uint32_t next_number_ = 0;
  std::uint64_t resent_ = 0;
  std::deque<Waiting> waiting_;
  std::map<std::uint32_t, InFlight> in_flight_;
  std::vector<Settled> settled_;
};

}  // namespace muster::mesh
