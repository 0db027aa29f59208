// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace muster::sim {

/// What several runs say about one metric.
struct SampleMean {
  std::size_t count = 0;
  double mean = 0;
  /// The mean of all possible runs lies within mean +- this with 95 % confidence (Student's t with
  /// count - 1 degrees of freedom); nothing with fewer than two runs.
  std::optional<double> half_width;
  double least = 0;
  double most = 0;
};

/// Nothing without values.
[[nodiscard]] std::optional<SampleMean> sample_mean(const std::vector<double>& values);

}  // namespace muster::sim
