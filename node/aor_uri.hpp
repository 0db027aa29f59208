// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace muster::node {

inline constexpr std::string_view scheme = "sip:";

/// The URI of an AoR that is given without scheme, as inside the overlay.
[[nodiscard]] inline std::string with_scheme(std::string_view aor) {
  return std::string{scheme} + std::string{aor};
}

}  // namespace muster::node
