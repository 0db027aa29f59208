// SPDX-License-Identifier: Apache-2.0
#include "sim/io/pcap_tap.hpp"

#include <gtest/gtest.h>

namespace muster::sim {
namespace {

/// The sum of 16-bit words with carries folded in (RFC 1071): 0xffff over what has its checksum.
std::uint32_t folded_sum(BytesView bytes) {
  std::uint32_t sum = 0;
  for (std::size_t place = 0; place < bytes.size(); ++place)
    sum += place % 2 == 0 ? std::uint32_t{bytes[place]} << 8 : bytes[place];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

TEST(EthernetFrame, HasRightChecksumsWhateverTheLength) {
  for (const std::size_t length : {0U, 1U, 2U, 63U, 1400U}) {
    const Bytes datagram(length, 0xa5);
    const auto frame = ethernet_frame(0, 299, datagram);
    ASSERT_EQ(frame.size(), 14 + 20 + 8 + length);
    const auto whole = BytesView(frame);
    EXPECT_EQ(folded_sum(whole.subspan(14, 20)), 0xffffU);
    const auto udp = whole.subspan(34);
    Bytes pseudo{10, 0, 0, 1, 10, 0, 1, 44, 0, 17, udp[4], udp[5]};
    for (const auto octet : udp) pseudo.push_back(octet);
    EXPECT_EQ(folded_sum(pseudo), 0xffffU) << length;
  }
}

TEST(EthernetFrame, IsABroadcastWithoutAReceiver) {
  const auto frame = ethernet_frame(1, std::nullopt, Bytes{1});
  EXPECT_EQ(Bytes(frame.begin(), frame.begin() + 6), Bytes(6, 0xff));
  EXPECT_EQ(Bytes(frame.begin() + 30, frame.begin() + 34), Bytes(4, 0xff));
}

}  // namespace
}  // namespace muster::sim
