// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "radio/kiss_modem.hpp"
#include "radio/link_profile.hpp"
#include "radio/rnode_modem.hpp"

namespace muster::node {

enum class LinkKind : std::uint8_t {
  udp,          ///< a network interface
  kiss_tcp,     ///< a terminal node controller at a TCP port, such as direwolf
  kiss_serial,  ///< one at a serial line
  rnode,        ///< a LoRa modem with the RNode firmware at a serial line
  serial,       ///< a radio that shows itself as a serial line
  tcp,          ///< one end of a tunnel that calls the other
  tcp_listen,   ///< the end that is called, by any number of others
};

/// As it is written in the configuration.
[[nodiscard]] std::string kind_name(LinkKind kind);

/// One link as it was configured. What belongs to other kinds is as it was made.
struct LinkSettings {
  std::string interface;      ///< udp
  std::uint16_t port = 7077;  ///< udp
  std::size_t mtu = 1400;     ///< udp: largest IP packet; else largest datagram, octets
  LinkKind kind = LinkKind::udp;
  std::string address{};     ///< kiss_tcp, tcp: HOST:PORT; tcp_listen: ADDRESS:PORT
  std::string device{};      ///< kiss_serial, rnode, serial
  unsigned speed = 115'200;  ///< of the serial line, bit/s
  std::string station{};     ///< KISS: own call sign and number
  unsigned kiss_port = 0;
  radio::KissParameters kiss{};
  radio::RnodeParameters rnode{};
  radio::LinkProfile profile{};  ///< what the radio carries

  friend bool operator==(const LinkSettings& a, const LinkSettings& b) {
    return a.name() == b.name() && a.kind == b.kind && a.port == b.port && a.mtu == b.mtu;
  }

  /// By which it is shown: interface, device or address.
  [[nodiscard]] const std::string& name() const;
  /// Largest datagram that it carries, octets.
  [[nodiscard]] std::size_t datagram_bytes_max() const;
};

}  // namespace muster::node
