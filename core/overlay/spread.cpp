// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/spread.hpp"

namespace muster::overlay {

std::string_view to_string(Spread spread) {
  return spread == Spread::everybody ? "everybody" : "closest";
}

Spread SpreadChoice::choose(TimePoint now, Spread current, const Measured& measured) {
  if (!limits_.to_all_bytes_max) return current;
  const std::size_t most = *limits_.to_all_bytes_max;
  if (most == 0) return Spread::closest;
  const std::size_t little = most / 100 * limits_.back_below_percent;
  if (current == Spread::everybody) {
    small_since_.reset();
    // Among so few everybody would hold everything all the same, for more messages.
    if (measured.nodes <= measured.copies) return current;
    const bool much = measured.bytes > most || (measured.others_place && measured.bytes > little);
    return much ? Spread::closest : current;
  }
  const bool few = measured.nodes * 100 <= measured.copies * limits_.back_below_percent;
  if (measured.bytes > little && !few) {
    small_since_.reset();
    return current;
  }
  if (!small_since_) small_since_ = now;
  return now - *small_since_ >= limits_.back_after ? Spread::everybody : current;
}

}  // namespace muster::overlay
