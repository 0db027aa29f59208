// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace muster::sim {

/// The commit this program was built from, with "-dirty" behind it if files had changed since;
/// empty if it was built from no repository.
[[nodiscard]] std::string_view built_from_commit();

}  // namespace muster::sim
