// SPDX-License-Identifier: Apache-2.0
#include "core/base/byte_reader.hpp"

#include "core/base/byte_writer.hpp"

namespace muster {
namespace {

TEST(ByteReader, ReadsBackWhatTheWriterWrote) {
  ByteWriter writer;
  writer.u8(7)
      .u16(0x1234)
      .u32(0xdeadbeef)
      .u64(1ull << 60)
      .block16(as_bytes("field"))
      .raw(as_bytes("end"));
  ByteReader reader{writer.view()};
  EXPECT_EQ(reader.u8(), 7);
  EXPECT_EQ(reader.u16(), 0x1234);
  EXPECT_EQ(reader.u32(), 0xdeadbeef);
  EXPECT_EQ(reader.u64(), 1ull << 60);
  EXPECT_EQ(as_text(reader.block16()), "field");
  EXPECT_EQ(as_text(reader.remainder()), "end");
  EXPECT_TRUE(reader.finished());
}

TEST(ByteReader, FailsForGoodOnceTheEndIsPassed) {
  const Bytes three{1, 2, 3};
  ByteReader reader{three};
  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_FALSE(reader.finished());
}

TEST(Hex, RefusesOddLengthsAndForeignDigits) {
  EXPECT_EQ(from_hex("00ff"), (Bytes{0, 255}));
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("0g"), std::nullopt);
}

}  // namespace
}  // namespace muster
