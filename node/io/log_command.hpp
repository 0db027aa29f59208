// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::node {

/// muster log export: the journal of a node for other programs.
int log_command(const std::vector<std::string>& arguments);

}  // namespace muster::node
