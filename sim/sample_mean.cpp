// SPDX-License-Identifier: Apache-2.0
#include "sim/sample_mean.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/distributions/students_t.hpp>

namespace muster::sim {
namespace {

constexpr double two_sided_95 = 0.975;

double standard_error(const std::vector<double>& values, double mean) {
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto count = static_cast<double>(values.size());
  return std::sqrt(squares / (count - 1) / count);
}

}  // namespace

std::optional<SampleMean> sample_mean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  SampleMean result;
  result.count = values.size();
  result.mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  result.least = *least;
  result.most = *most;
  if (values.size() > 1) {
    const boost::math::students_t student(static_cast<double>(values.size() - 1));
    result.half_width =
        boost::math::quantile(student, two_sided_95) * standard_error(values, result.mean);
  }
  return result;
}

}  // namespace muster::sim
