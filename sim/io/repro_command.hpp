// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::sim {

/// `muster sim repro LINE`: prints the command that makes the run of that line again, runs it, and
/// says whether the same came out. Gives the run's exit code.
[[nodiscard]] int repro_command(const std::vector<std::string>& arguments);

}  // namespace muster::sim
