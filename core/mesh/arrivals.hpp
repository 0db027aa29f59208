// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/mesh/delivery_message.hpp"

namespace muster::mesh {

/// What one sender's boot has sent us in one precedence: each message is let out once, in the
/// order of the numbers as far as a short wait for the missing ones brings it about.
class Arrivals {
 public:
  struct Limits {
    Duration hold_time = std::chrono::milliseconds{200};
    std::size_t held_messages_max = 64;
    std::size_t held_bytes_max = 128 * 1024;
    std::uint32_t window = 1024;  ///< above the first missing one; 40 octets per number at most
  };
  enum class Verdict : std::uint8_t { fresh, duplicate, outside_window };

  /// `floor` is that of the first message heard: what was before is not for us.
  Arrivals(Limits limits, std::uint32_t floor);

  /// All but what is outside the window is to be acknowledged.
  [[nodiscard]] Verdict receive(TimePoint now, const DeliveryData& data);
  void advance(TimePoint now);
  /// Waits for nothing that is missing any more.
  void release_all();
  /// The next message, in order.
  [[nodiscard]] std::optional<Bytes> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  [[nodiscard]] std::uint32_t below() const { return settled_below_; }
  /// Bit i: number `below() + i` has arrived.
  [[nodiscard]] std::uint64_t map() const;

 private:
  struct Held {
    Bytes message;
    TimePoint until;
  };
  void settle(std::uint32_t floor);
  void release_in_order();
  void release_up_to(std::uint32_t number);

  Limits limits_;
  std::uint32_t settled_below_;  ///< all numbers below have arrived or never will
  std::uint32_t next_;           ///< the next number to be let out in order
  std::set<std::uint32_t> arrived_;
  std::map<std::uint32_t, Held> held_;
  std::size_t held_bytes_ = 0;
  std::deque<Bytes> ready_;
};

}  // namespace muster::mesh
