// SPDX-License-Identifier: Apache-2.0
#include "core/base/shared_bytes.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(SharedBytes, AreOneAfterTheOther) {
  const SharedBytes octets(as_bytes("ab"), as_bytes("cd"));
  EXPECT_EQ(as_text(octets), "abcd");
  EXPECT_EQ(octets.size(), 4U);
}

TEST(SharedBytes, OfNothingAreEmpty) {
  EXPECT_TRUE(SharedBytes{}.empty());
  EXPECT_TRUE(SharedBytes(Bytes{}).empty());
  EXPECT_EQ(SharedBytes{}, SharedBytes(Bytes{}));
}

TEST(SharedBytes, PartsAreTheSameOctetsAndOutliveTheWhole) {
  SharedBytes part;
  const std::uint8_t* there = nullptr;
  {
    const SharedBytes whole(as_bytes("body and signature"));
    part = whole.part(9, 9);
    there = BytesView(whole).data() + 9;
  }
  EXPECT_EQ(as_text(part), "signature");
  EXPECT_EQ(BytesView(part).data(), there);
}

TEST(SharedBytes, AreEmptyOnceTheyHaveBeenMovedAway) {
  SharedBytes from(as_bytes("record"));
  SharedBytes to(std::move(from));
  EXPECT_TRUE(from.empty());  // NOLINT: that is the question
  from = std::move(to);
  EXPECT_TRUE(to.empty());  // NOLINT: likewise
  EXPECT_EQ(as_text(from), "record");
}

TEST(SharedBytes, AreEqualIfTheirOctetsAre) {
  EXPECT_EQ(SharedBytes(as_bytes("same")), SharedBytes(as_bytes("same")));
  EXPECT_NE(SharedBytes(as_bytes("same")), SharedBytes(as_bytes("some")));
  EXPECT_NE(SharedBytes(as_bytes("same")), SharedBytes(as_bytes("sam")));
}

}  // namespace
}  // namespace muster
