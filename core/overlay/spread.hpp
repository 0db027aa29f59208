// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.hpp"

namespace muster::overlay {

/// Where records go that are not everybody's business: to all nodes, or to those closest to them.
enum class Spread : std::uint8_t { everybody, closest };
[[nodiscard]] std::string_view to_string(Spread spread);

struct SpreadLimits {
  /// What all nodes say together may be as large as this, and goes to everybody. 0: never to
  /// everybody. Nothing: whoever drives the directory says when.
  std::optional<std::size_t> to_all_bytes_max{};
  /// It goes to everybody again below this share of it, or where so few nodes are left that
  /// placing saves nothing.
  unsigned back_below_percent = 60;
  Duration back_after = std::chrono::minutes{2};
};

/// Chooses between the two with hysteresis, so that a directory about as large as its limit does
/// not go back and forth.
class SpreadChoice {
 public:
  explicit SpreadChoice(SpreadLimits limits) : limits_(limits) {}

  struct Measured {
    std::size_t bytes = 0;   ///< said by all nodes together, as far as this one can tell
    std::size_t nodes = 1;   ///< known ones, within reach or not, with this one
    std::size_t copies = 1;  ///< that there would be of each placed record
    bool others_place = false;
  };
  [[nodiscard]] Spread choose(TimePoint now, Spread current, const Measured& measured);

 private:
  SpreadLimits limits_;
  std::optional<TimePoint> small_since_;
};

}  // namespace muster::overlay
