// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "core/base/ip_endpoint.hpp"

namespace muster::sip {

enum class PhoneTransport : std::uint8_t { udp, tcp };

/// Where a phone is, and over what: the far end of its datagrams or of its connection.
struct PhoneAddress {
  IpEndpoint endpoint;
  PhoneTransport transport = PhoneTransport::udp;

  PhoneAddress() = default;
  /// UDP where nothing else is said: what nearly every phone speaks.
  PhoneAddress(const IpEndpoint& at, PhoneTransport over = PhoneTransport::udp)
      : endpoint(at), transport(over) {}

  friend auto operator<=>(const PhoneAddress&, const PhoneAddress&) = default;
  /// "192.0.2.7:5060", with " (tcp)" behind it where it is that.
  [[nodiscard]] std::string text() const {
    return endpoint.text() + (transport == PhoneTransport::tcp ? " (tcp)" : "");
  }
};

}  // namespace muster::sip
