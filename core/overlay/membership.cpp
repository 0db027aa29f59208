// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/membership.hpp"

namespace muster::overlay {

std::string_view to_string(Membership membership) {
  return membership == Membership::everybody ? "everybody" : "buckets";
}

Membership MembershipChoice::choose(TimePoint now, Membership current, std::size_t nodes,
                                    bool possible) {
  if (!possible) return Membership::everybody;
  if (current == Membership::everybody) {
    few_since_.reset();
    return nodes > limits_.everybody_max ? Membership::buckets : current;
  }
  if (nodes * 100 > limits_.everybody_max * limits_.back_below_percent) {
    few_since_.reset();
    return current;
  }
  if (!few_since_) few_since_ = now;
  return now - *few_since_ >= limits_.back_after ? Membership::everybody : current;
}

}  // namespace muster::overlay
