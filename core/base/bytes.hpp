// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

/// The octets of `text`, without a terminating zero. The view lives as long as `text`.
[[nodiscard]] inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The octets of `bytes` seen as text, whatever they hold. The view lives as long as `bytes`.
[[nodiscard]] inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline Bytes to_bytes(BytesView bytes) { return {bytes.begin(), bytes.end()}; }
[[nodiscard]] inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }

/// Lower-case hexadecimal, two digits an octet.
[[nodiscard]] std::string to_hex(BytesView bytes);

/// The octets that `hex` spells (either case); nothing if the length is odd or a digit is none.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view hex);

inline void append(Bytes& to, BytesView more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace muster
