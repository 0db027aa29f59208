// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "core/base/ids.hpp"
#include "core/base/time.hpp"

namespace muster::overlay {

struct WriteRateLimits {
  double burst = 512;     ///< new versions at once: a whole writer's records at the first meeting
  double per_second = 4;  ///< and then
  std::size_t writers_max = 4096;
};

/// How often each writer may change the directory, so that one captured node cannot keep all
/// links busy: a token bucket each.
class WriteRate {
 public:
  explicit WriteRate(WriteRateLimits limits) : limits_(limits) {}

  /// True, and counted, if `writer` may change something now.
  [[nodiscard]] bool allow(TimePoint now, const NodeId& writer);

 private:
  struct Tokens {
    double left;
    TimePoint at;
  };
  WriteRateLimits limits_;
  std::map<NodeId, Tokens> writers_;
};

}  // namespace muster::overlay
