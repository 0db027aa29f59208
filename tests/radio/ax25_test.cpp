// SPDX-License-Identifier: Apache-2.0
#include "radio/ax25.hpp"

namespace muster::radio {
namespace {

TEST(Ax25Station, ReadsWhatItWrites) {
  for (const auto* text : {"N0CALL", "N0CALL-7", "A", "DL1ABC-15"}) {
    const auto station = Ax25Station::parse(text);
    ASSERT_TRUE(station) << text;
    EXPECT_EQ(station->text(), text);
    EXPECT_EQ(Ax25Station::from_octets(station->octets()), station);
  }
  EXPECT_EQ(Ax25Station::parse("n0call-1"), Ax25Station::parse("N0CALL-1"));
}

TEST(Ax25Station, RefusesWhatIsNoStation) {
  for (const auto* text : {"", "-1", "TOOLONG", "N0CALL-16", "N0CALL-", "N0CALL-1x", "N0 CAL",
                           "N0CALL--1", "\xc3\x84"}) {
    EXPECT_FALSE(Ax25Station::parse(text)) << text;
  }
}

TEST(Ax25Frame, IsTheOctetsOfTheStandard) {
  const Bytes information{1, 2, 3};
  const Ax25Frame frame{Ax25Station::parse("MUSTER").value(), Ax25Station::parse("AA1AA-3").value(),
                        information};
  EXPECT_EQ(to_hex(frame.encode()),
            "9aaaa6a88aa4e0"
            "8282628282406703f0010203");
  const Bytes bytes = frame.encode();
  const auto read = Ax25Frame::parse(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->from.text(), "AA1AA-3");
  EXPECT_EQ(to_bytes(read->information), information);
}

TEST(Ax25Frame, RefusesOtherKindsOfFramesAndThoseCutShort) {
  const Bytes good = Ax25Frame{
      Ax25Station::parse("MUSTER").value(), Ax25Station::parse("AA1AA").value(),
      Bytes{1}}.encode();
  for (std::size_t size = 0; size < Ax25Frame::header_bytes; ++size) {
    EXPECT_FALSE(Ax25Frame::parse(BytesView{good}.first(size)));
  }
  auto with = [&](std::size_t at, std::uint8_t octet) {
    Bytes changed = good;
    changed[at] = octet;
    return changed;
  };
  EXPECT_FALSE(Ax25Frame::parse(with(14, 0x2f))) << "SABM";
  EXPECT_FALSE(Ax25Frame::parse(with(15, 0xcc))) << "IP";
  EXPECT_FALSE(Ax25Frame::parse(with(13, good[13] & 0xfe))) << "a digipeater follows";
  EXPECT_FALSE(Ax25Frame::parse(with(0, 0x9b))) << "an address that ends too early";
  EXPECT_TRUE(Ax25Frame::parse(with(14, 0x13))) << "the poll bit says nothing here";
}

}  // namespace
}  // namespace muster::radio
