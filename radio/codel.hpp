// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.hpp"

namespace muster::radio {

/// Controlled Delay (RFC 8289) for one queue: says of the packet at its head whether it is to be
/// dropped, because packets have waited too long for too long.
class Codel {
 public:
  struct Limits {
    Duration target{};    ///< wait that is fine for ever; zero: nothing is ever dropped
    Duration interval{};  ///< wait above the target for so long is a standing queue
  };

  explicit Codel(Limits limits) : limits_(limits) {}

  /// Asked of each packet that is about to leave the queue (RFC 8289, 5.5 and 5.6). `last`: the
  /// queue holds hardly more than this one.
  [[nodiscard]] bool drops(TimePoint now, Duration waited, bool last);
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  [[nodiscard]] bool above_for_long(TimePoint now, Duration waited, bool last);
  [[nodiscard]] Duration control_law() const;

  Limits limits_;
  std::optional<TimePoint> first_above_at_;  ///< when waits will have been too long for too long
  bool dropping_ = false;
  TimePoint drop_next_{};
  std::uint32_t count_ = 0;
  std::uint32_t last_count_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace muster::radio
