// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.hpp"

namespace muster::overlay {

/// Whom a node knows: every other one, from the records that all hold, or a few in buckets, who
/// know others (bucket_table.hpp).
enum class Membership : std::uint8_t { everybody, buckets };
[[nodiscard]] std::string_view to_string(Membership membership);

struct MembershipLimits {
  /// Records of nodes that go to everybody cost a link some 200 B/s at so many nodes.
  std::size_t everybody_max = 256;
  /// Everybody is known again below this share of it.
  unsigned back_below_percent = 60;
  Duration back_after = std::chrono::minutes{2};
};

/// Chooses between the two with hysteresis.
class MembershipChoice {
 public:
  explicit MembershipChoice(MembershipLimits limits) : limits_(limits) {}

  /// `nodes`: as many as there are, as far as this one can tell. `possible`: every link takes
  /// questions for any address.
  [[nodiscard]] Membership choose(TimePoint now, Membership current, std::size_t nodes,
                                  bool possible);

 private:
  MembershipLimits limits_;
  std::optional<TimePoint> few_since_;
};

}  // namespace muster::overlay
