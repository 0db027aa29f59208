// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::node {

/// `muster trace AOR|USER|NODE`: asks a running node for the way there, step by step, and for who
/// holds what is said of a user. Returns 0 (every way was followed to its end), 1 (not, or no
/// answer; what is known is printed) or 2 (bad usage).
int trace_command(const std::vector<std::string>& arguments);

}  // namespace muster::node
