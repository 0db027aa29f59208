// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

/// An IP address. IPv4 is held in the first four octets.
struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> octets{};
  std::uint32_t scope = 0;  ///< interface index of a link-local IPv6 address, else 0

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
  /// "192.0.2.1" or "2001:db8::1"; the scope is not written.
  [[nodiscard]] std::string text() const;
  /// Either family, no brackets, no scope; nothing if it is neither.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_unspecified() const;
  [[nodiscard]] bool is_link_local_v6() const;  ///< fe80::/10
  [[nodiscard]] bool is_multicast() const;
};

/// A UDP or TCP transport address.
struct IpEndpoint {
  IpAddress address;
  std::uint16_t port = 0;

  friend auto operator<=>(const IpEndpoint&, const IpEndpoint&) = default;
  /// "192.0.2.1:5060" or "[2001:db8::1]:5060".
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<IpEndpoint> parse(std::string_view text);
};

}  // namespace muster
