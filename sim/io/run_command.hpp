// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::sim {

/// `muster sim run SCENARIO`: one scenario in virtual time, in this process. 0 if all that was
/// expected held, 1 if not, 2 for bad usage.
int run_command(const std::vector<std::string>& arguments);

}  // namespace muster::sim
