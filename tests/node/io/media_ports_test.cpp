// SPDX-License-Identifier: Apache-2.0
#include "node/io/media_ports.hpp"

#include "sip/io/udp_socket.hpp"

namespace muster::node {
namespace {

TEST(MediaPorts, KnowTheAddressesOfThisMachine) {
  asio::io_context io;
  const MediaPorts ports{io, *IpAddress::parse("127.0.0.1"), 0, 0,
                         [](std::uint16_t, const IpEndpoint&, BytesView) {}};
  EXPECT_TRUE(ports.is_of_this_machine(*IpAddress::parse("127.0.0.1")));
  EXPECT_TRUE(ports.is_of_this_machine(*IpAddress::parse("127.3.2.1")));
  EXPECT_TRUE(ports.is_of_this_machine(*IpAddress::parse("::1")));
  EXPECT_FALSE(ports.is_of_this_machine(*IpAddress::parse("203.0.113.7")));
  EXPECT_FALSE(ports.is_of_this_machine(*IpAddress::parse("2001:db8::7")));
  const auto outwards = sip::address_towards(*IpEndpoint::parse("203.0.113.7:9"));
  if (outwards) {
    EXPECT_TRUE(ports.is_of_this_machine(*outwards)) << outwards->text();
  }
}

}  // namespace
}  // namespace muster::node
