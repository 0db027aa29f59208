// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "node/report.hpp"

namespace muster::node {

/// A report for people: aligned columns, one line each.
[[nodiscard]] std::string report_text(const Report& report);
/// A report for scripts: one JSON value and a newline (docs/OPERATING).
[[nodiscard]] std::string report_json(const Report& report);

}  // namespace muster::node
