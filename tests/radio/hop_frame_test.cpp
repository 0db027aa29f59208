// SPDX-License-Identifier: Apache-2.0
#include "radio/hop_frame.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "core/base/seeded_random.hpp"

namespace muster::radio {
namespace {

using namespace std::chrono_literals;

const Bytes small{0xaa, 0xbb};
const Bytes part{0x01, 0x02, 0x03};

HopFrame full_frame() {
  HopFrame frame;
  frame.eliciting = true;
  frame.tag = 0x1234;
  frame.number = 0x01020304;
  frame.back = 9;
  frame.ack = HopAck{.tag = 0x5678, .largest = 0x0a0b0c0d, .hold = 1500us, .bitmap = {0x05}};
  frame.oldest = 0x00000102;
  frame.chunks.push_back({.reliable = true, .number = 3, .data = small});
  frame.chunks.push_back(
      {.reliable = true, .fragment = true, .number = 4, .total = 900, .at = 800, .data = part});
  return frame;
}

TEST(HopFrame, IsWrittenAsTheProtocolPageSays) {
  EXPECT_EQ(to_hex(full_frame().encode()),
            "27"
            "1234"
            "01020304"
            "09"
            "5678"
            "0a0b0c0d"
            "000f"
            "0105"
            "00000102"
            "0100030002aabb"
            "07000403840320010203");
}

TEST(HopFrame, IsReadAsItWasWritten) {
  const Bytes bytes = full_frame().encode();
  const auto read = HopFrame::parse(bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->encode(), bytes);
  EXPECT_EQ(read->ack->hold, 1500us);
  ASSERT_EQ(read->chunks.size(), 2U);
  EXPECT_EQ(to_bytes(read->chunks[1].data), part);
}

TEST(HopFrame, AProbeIsEightOctets) {
  HopFrame frame;
  frame.eliciting = true;
  EXPECT_EQ(frame.encode().size(), hop_header_bytes);
  EXPECT_TRUE(HopFrame::parse(frame.encode()).has_value());
}

TEST(HopFrame, IsRefusedWhenCutWithinAField) {
  const Bytes bytes = full_frame().encode();
  // Where a chunk ends or the last one may end, a shorter frame is a frame.
  const std::set<std::size_t> whole_at{22, 29, 37, 38, 39};
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    EXPECT_EQ(HopFrame::parse(BytesView(bytes).first(size)).has_value(), whole_at.contains(size))
        << size;
  }
}

TEST(HopFrame, IsRefusedInAnotherVersion) {
  Bytes bytes = full_frame().encode();
  bytes[0] = 0x47;
  EXPECT_FALSE(HopFrame::parse(bytes).has_value());
}

TEST(HopFrame, IsRefusedWithAReliableChunkButNoOldest) {
  HopFrame frame = full_frame();
  frame.oldest.reset();
  EXPECT_FALSE(HopFrame::parse(frame.encode()).has_value());
}

TEST(HopFrame, IsRefusedWithAFragmentThatEndsBeyondItsPacket) {
  HopFrame frame = full_frame();
  frame.chunks[1].at = 898;
  EXPECT_FALSE(HopFrame::parse(frame.encode()).has_value());
}

TEST(HopFrame, IsRefusedWithAPacketNumberBeyondTheSpan) {
  HopFrame frame = full_frame();
  frame.chunks[0].number = packet_number_span;
  EXPECT_FALSE(HopFrame::parse(frame.encode()).has_value());
}

TEST(HopFrame, IsRefusedWithMoreChunksThanTheLimit) {
  HopFrame frame;
  for (std::size_t i = 0; i < hop_chunks_max; ++i) frame.chunks.push_back({.data = small});
  EXPECT_TRUE(HopFrame::parse(frame.encode()).has_value());
  frame.chunks.push_back({.data = small});
  EXPECT_FALSE(HopFrame::parse(frame.encode()).has_value());
}

TEST(HopFrame, NumbersAreUnwrappedToTheNearest) {
  EXPECT_EQ(unwrap_number(5, 0), 5U);
  EXPECT_EQ(unwrap_number(2, 0x1'0000'0000), 0x1'0000'0002U);
  EXPECT_EQ(unwrap_number(0xffffffff, 0x1'0000'0000), 0xffffffffU);
  EXPECT_EQ(unwrap_number(0xfffffff0, 3), 0xfffffff0U);
}

}  // namespace
}  // namespace muster::radio
