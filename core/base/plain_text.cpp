// SPDX-License-Identifier: Apache-2.0
#include "core/base/plain_text.hpp"

#include <cstdint>
#include <optional>

namespace muster {
namespace {

// RFC 3629, sections 3 and 4: each code point in its shortest form, and none of UTF-16's halves.
constexpr std::uint32_t last_code_point = 0x10ffff;
constexpr std::uint32_t surrogates_first = 0xd800;
constexpr std::uint32_t surrogates_last = 0xdfff;

struct Lead {
  unsigned octets;         ///< of the whole sequence
  std::uint32_t bits;      ///< of the code point in the first octet
  std::uint32_t smallest;  ///< that needs so many octets
};

std::optional<Lead> lead_of(std::uint8_t octet) {
  if (octet < 0x80) return Lead{1, octet, 0};
  if ((octet & 0xe0) == 0xc0) return Lead{2, octet & 0x1fU, 0x80};
  if ((octet & 0xf0) == 0xe0) return Lead{3, octet & 0x0fU, 0x800};
  if ((octet & 0xf8) == 0xf0) return Lead{4, octet & 0x07U, 0x10000};
  return std::nullopt;
}

bool is_control(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
}

}  // namespace

bool is_plain_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = lead_of(static_cast<std::uint8_t>(text[at]));
    if (!lead || text.size() - at < lead->octets) return false;
    std::uint32_t code_point = lead->bits;
    for (unsigned i = 1; i < lead->octets; ++i) {
      const auto octet = static_cast<std::uint8_t>(text[at + i]);
      if ((octet & 0xc0) != 0x80) return false;
      code_point = code_point << 6 | (octet & 0x3fU);
    }
    if (code_point < lead->smallest || code_point > last_code_point || is_control(code_point) ||
        (code_point >= surrogates_first && code_point <= surrogates_last)) {
      return false;
    }
    at += lead->octets;
  }
  return true;
}

}  // namespace muster
