// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::node {

/// `muster kit ...`: what a node needs to be a member, as one sealed file. `args` come after "kit".
/// Returns the exit code: 0 done, 1 failed (one line on standard error says why), 2 bad usage.
[[nodiscard]] int kit_command(const std::vector<std::string>& args);

}  // namespace muster::node
