// SPDX-License-Identifier: Apache-2.0
#include "node/datagram_pieces.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace muster::node {
namespace {

using namespace std::chrono_literals;

const LinkPath here{LinkId{1}, LinkAddress{Bytes{1}}};
const LinkPath there{LinkId{1}, LinkAddress{Bytes{2}}};
constexpr TimePoint start{1h};

Bytes datagram(std::size_t size) {
  Bytes octets(size);
  std::iota(octets.begin(), octets.end(), std::uint8_t{1});
  return octets;
}

TEST(DatagramPieces, ArePutTogetherInWhateverOrderTheyCome) {
  DatagramPieces pieces;
  const auto cut = DatagramPieces::cut(datagram(100), 40, 7);
  ASSERT_EQ(cut.size(), 3u);
  EXPECT_FALSE(pieces.receive(start, here, cut[2]));
  EXPECT_FALSE(pieces.receive(start, here, cut[0]));
  EXPECT_FALSE(pieces.receive(start, here, cut[0]));
  EXPECT_EQ(pieces.receive(start, here, cut[1]), datagram(100));
}

TEST(DatagramPieces, OfTwoSendersAreNotMixed) {
  DatagramPieces pieces;
  const auto cut = DatagramPieces::cut(datagram(60), 40, 7);
  EXPECT_FALSE(pieces.receive(start, here, cut[0]));
  EXPECT_FALSE(pieces.receive(start, there, cut[1]));
}

TEST(DatagramPieces, ThatMakeNoSenseAreCounted) {
  DatagramPieces pieces;
  const auto cut = DatagramPieces::cut(datagram(60), 40, 7);
  for (std::size_t size = 0; size <= DatagramPieces::header_bytes; ++size) {
    EXPECT_FALSE(pieces.receive(start, here, BytesView(cut[0]).first(size)));
  }
  Bytes beyond = cut[1];
  beyond[3] = 0x22;  // the third of two
  EXPECT_FALSE(pieces.receive(start, here, beyond));
  EXPECT_EQ(pieces.counters().malformed, DatagramPieces::header_bytes + 2);
}

TEST(DatagramPieces, AreForgottenInTimeAndWhenTooManyAreBegun) {
  DatagramPieces pieces;
  const auto cut = DatagramPieces::cut(datagram(60), 40, 7);
  EXPECT_FALSE(pieces.receive(start, here, cut[0]));
  EXPECT_FALSE(pieces.receive(start + 3min, here, cut[1]));
  EXPECT_EQ(pieces.counters().given_up, 1u);
  for (std::uint16_t number = 8; number < 100; ++number) {
    const auto other = DatagramPieces::cut(datagram(60), 40, number);
    EXPECT_FALSE(pieces.receive(start + 3min, there, other[0]));
  }
  EXPECT_GE(pieces.counters().given_up, 85u);
  EXPECT_FALSE(pieces.receive(start + 3min, here, cut[0])) << "pushed out";
}

TEST(DatagramPieces, ADatagramThatTakesTooManyIsNotCut) {
  EXPECT_TRUE(DatagramPieces::cut(datagram(200), 4, 1).empty());
  EXPECT_TRUE(DatagramPieces::cut(datagram(200), 8, 1).empty());
}

}  // namespace
}  // namespace muster::node
