// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace muster::sim {

/// True if a report has a number at `path`, such as "calls.ring.p95" or "convergence_s".
[[nodiscard]] bool is_metric(std::string_view path);

}  // namespace muster::sim
