// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::sim {

/// `muster-sim emulate ...`: arguments after the verb; gives the exit code (0 all held, 1 failed or
/// invalid, 2 bad usage or scenario).
[[nodiscard]] int emulate_command(const std::vector<std::string>& arguments);

}  // namespace muster::sim
