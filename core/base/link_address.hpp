// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <optional>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/ip_endpoint.hpp"

namespace muster {

/// Where a neighbour is reached on one link: opaque octets that only that kind of link reads.
struct LinkAddress {
  static constexpr std::size_t octets_max = 32;
  Bytes octets;

  friend auto operator<=>(const LinkAddress&, const LinkAddress&) = default;

  /// The form used by links over IP: family, address, port, scope (0: the link knows its own).
  [[nodiscard]] static LinkAddress from_ip(const IpEndpoint& endpoint);
  /// Nothing if the octets are not of that form.
  [[nodiscard]] std::optional<IpEndpoint> as_ip() const;
  /// For people: an IP endpoint where it is one, else hexadecimal.
  [[nodiscard]] std::string text() const;
};

/// One way to one neighbour.
struct LinkPath {
  LinkId link;
  LinkAddress address;
  friend auto operator<=>(const LinkPath&, const LinkPath&) = default;
};

}  // namespace muster
