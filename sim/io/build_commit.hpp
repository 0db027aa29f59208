// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace muster::sim {

/// The commit this program was built from, with "-dirty" behind it if the tree was changed;
/// "unknown" outside a repository.
[[nodiscard]] std::string build_commit();

}  // namespace muster::sim
