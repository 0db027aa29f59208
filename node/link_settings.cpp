// SPDX-License-Identifier: Apache-2.0
#include "node/link_settings.hpp"

namespace muster::node {
namespace {

constexpr std::size_t ipv6_udp_header_bytes = 48;

}  // namespace

std::string kind_name(LinkKind kind) {
  switch (kind) {
    case LinkKind::udp:
      return "udp";
    case LinkKind::kiss_tcp:
      return "kiss-tcp";
    case LinkKind::kiss_serial:
      return "kiss-serial";
    case LinkKind::rnode:
      return "rnode";
    case LinkKind::serial:
      return "serial";
    case LinkKind::tcp:
      return "tcp";
    case LinkKind::tcp_listen:
      break;
  }
  return "tcp-listen";
}

const std::string& LinkSettings::name() const {
  switch (kind) {
    case LinkKind::udp:
      return interface;
    case LinkKind::kiss_serial:
    case LinkKind::rnode:
    case LinkKind::serial:
      return device;
    case LinkKind::kiss_tcp:
    case LinkKind::tcp:
    case LinkKind::tcp_listen:
      break;
  }
  return address;
}

std::size_t LinkSettings::datagram_bytes_max() const {
  return kind == LinkKind::udp ? mtu - ipv6_udp_header_bytes : mtu;
}

}  // namespace muster::node
