// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::node {

/// `muster services [SERVICE]`: asks a running node and prints who offers it, the nearest first.
/// Returns 0 (answered; "nobody does" is an answer), 1 (no answer, or not known; one line says why)
/// or 2 (bad usage).
int services_command(const std::vector<std::string>& arguments);

}  // namespace muster::node
