// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::node {

/// muster watch: prints what happens at a running node, as it happens.
int watch_command(const std::vector<std::string>& arguments);

}  // namespace muster::node
