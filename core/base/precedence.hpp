// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace muster {

/// What goes first. The names are those of the resource priority namespaces of RFC 4412.
enum class Precedence : std::uint8_t { routine = 0, priority = 1, immediate = 2, flash = 3 };
inline constexpr std::size_t precedence_count = 4;

[[nodiscard]] constexpr std::string_view to_string(Precedence precedence) {
  switch (precedence) {
    case Precedence::routine:
      return "routine";
    case Precedence::priority:
      return "priority";
    case Precedence::immediate:
      return "immediate";
    case Precedence::flash:
      return "flash";
  }
  return "routine";
}

}  // namespace muster
