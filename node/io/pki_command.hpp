// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::node {

/// `muster pki ...`: the overlay's offline authority. `args` come after "pki". Returns the exit
/// code: 0 done, 1 failed (one line on standard error says why), 2 bad usage.
[[nodiscard]] int pki_command(const std::vector<std::string>& args);

}  // namespace muster::node
