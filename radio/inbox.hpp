// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "radio/hop_frame.hpp"
#include "radio/range_set.hpp"

namespace muster::radio {

/// Puts packets together again and lets each reliable one out once.
class Inbox {
 public:
  struct Limits {
    std::size_t packet_bytes_max = 32768;
    std::size_t reassembly_bytes_max = 1024 * 1024;  ///< sizes of all packets begun
    Duration best_effort_kept_max = std::chrono::seconds{2};
  };
  enum class Verdict : std::uint8_t {
    whole,      ///< take packet()
    kept,       ///< a part
    duplicate,  ///< or given up by its sender
    no_room,    ///< must not be acknowledged
    malformed,
  };

  explicit Inbox(Limits limits) : limits_(limits) {}

  /// Every number below `oldest` is settled at the sender.
  void settle(std::uint32_t oldest);
  /// Call settle() first when the frame has an `oldest`.
  [[nodiscard]] Verdict accept(TimePoint now, const HopChunk& chunk,
                               std::optional<std::uint32_t> oldest);
  [[nodiscard]] Bytes packet() { return std::move(packet_); }

  void expire(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> earliest_expiry() const;
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Partial {
    Bytes bytes;
    RangeSet held;
    TimePoint begun{};
  };
  using Key = std::pair<bool, std::uint64_t>;  // reliable?, number
  using Partials = std::map<Key, Partial>;

  [[nodiscard]] Verdict reassemble(TimePoint now, const Key& key, const HopChunk& chunk);
  [[nodiscard]] bool make_room(std::size_t needed);
  void forget(Partials::iterator partial);

  Limits limits_;
  std::uint64_t base_ = 0;  ///< the first number not settled
  bool based_ = false;
  std::deque<bool> delivered_;  ///< from base_ on, at most packet_number_span
  Partials partials_;
  std::size_t bytes_ = 0;
  Bytes packet_;
};

}  // namespace muster::radio
