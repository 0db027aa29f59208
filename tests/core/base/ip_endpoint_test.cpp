// SPDX-License-Identifier: Apache-2.0
#include "core/base/ip_endpoint.hpp"

namespace muster {
namespace {

TEST(IpEndpoint, ParsesAndPrintsBothFamilies) {
  EXPECT_EQ(IpEndpoint::parse("192.0.2.1:5060")->text(), "192.0.2.1:5060");
  EXPECT_EQ(IpEndpoint::parse("[2001:db8::1]:5060")->text(), "[2001:db8::1]:5060");
}

TEST(IpEndpoint, RefusesWhatIsNoEndpoint) {
  for (const char* text : {"", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:1x",
                           "2001:db8::1:5060", "[192.0.2.1]:5060", "host:5060"}) {
    EXPECT_FALSE(IpEndpoint::parse(text)) << text;
  }
}

TEST(IpAddress, KnowsLoopback) {
  EXPECT_TRUE(IpAddress::parse("127.0.0.2")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("10.0.0.1")->is_loopback());
}

}  // namespace
}  // namespace muster
