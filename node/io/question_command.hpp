// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::node {

/// What the answer to `muster NAME` is, in one line for a list of commands.
[[nodiscard]] const char* question_summary(const std::string& name);

/// `muster status|peers|routes|users|messages`: asks a running node and prints what it says.
/// Returns 0 (printed), 1 (no answer; one line says why) or 2 (bad usage).
int question_command(const std::string& name, const std::vector<std::string>& arguments);

}  // namespace muster::node
