// SPDX-License-Identifier: Apache-2.0
#include "radio/kiss.hpp"

#include "core/base/seeded_random.hpp"

namespace muster::radio {
namespace {

std::vector<KissFrame> all_of(KissDecoder& decoder, BytesView stream) {
  std::vector<KissFrame> frames;
  while (auto frame = decoder.take(stream)) frames.push_back(std::move(*frame));
  return frames;
}

Bytes every_octet() {
  Bytes all;
  for (int octet = 0; octet < 256; ++octet) all.push_back(static_cast<std::uint8_t>(octet));
  return all;
}

TEST(Kiss, GivesBackEveryOctetWhereverTheStreamIsCut) {
  const Bytes stream = encode_kiss(kiss_type(3, KissCommand::data), every_octet());
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    KissDecoder decoder;
    auto frames = all_of(decoder, BytesView{stream}.first(cut));
    for (auto& frame : all_of(decoder, BytesView{stream}.subspan(cut))) frames.push_back(frame);
    ASSERT_EQ(frames.size(), 1u) << cut;
    EXPECT_EQ(frames[0].type, 0x30);
    EXPECT_EQ(frames[0].content, every_octet());
  }
}

TEST(Kiss, EscapesTheTypeOfPortTwelve) {
  KissDecoder decoder;
  const auto frames = all_of(decoder, encode_kiss(0xc0, Bytes{1}));
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].type, 0xc0);
}

TEST(Kiss, DropsAFrameWithAnEscapeThatMeansNothingAndReadsTheNext) {
  KissDecoder decoder;
  Bytes stream{0xc0, 0, 1, 0xdb, 7, 8, 0xc0};
  append(stream, encode_kiss(0, Bytes{42}));
  const auto frames = all_of(decoder, stream);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].content, Bytes{42});
  EXPECT_EQ(decoder.counters().bad_escapes, 1u);
}

TEST(Kiss, DropsAFrameThatEndsInHalfAnEscape) {
  KissDecoder decoder;
  EXPECT_TRUE(all_of(decoder, Bytes{0xc0, 0, 1, 0xdb, 0xc0}).empty());
  EXPECT_EQ(decoder.counters().bad_escapes, 1u);
}

TEST(Kiss, CountsNoiseBeforeTheFirstDelimiterAndIgnoresEmptyFrames) {
  KissDecoder decoder;
  EXPECT_TRUE(all_of(decoder, Bytes{1, 2, 3, 0xc0, 0xc0, 0xc0}).empty());
  EXPECT_EQ(decoder.counters().noise_bytes, 3u);
}

TEST(Kiss, DropsWhatIsTooLongAndKeepsNoMore) {
  KissDecoder decoder{{.frame_bytes_max = 16}};
  Bytes stream = encode_kiss(0, Bytes(64 * 1024, 5));
  append(stream, encode_kiss(0, Bytes(15, 6)));
  const auto frames = all_of(decoder, stream);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].content, Bytes(15, 6));
  EXPECT_EQ(decoder.counters().oversize, 1u);
}

TEST(Kiss, FindsAFrameBehindAnyNoise) {
  SeededRandom random{7};
  for (int round = 0; round < 200; ++round) {
    Bytes stream;
    for (std::uint64_t i = random.below(40); i > 0; --i) {
      stream.push_back(static_cast<std::uint8_t>(random.next()));
    }
    append(stream, encode_kiss(0, Bytes{9, 9, 9}));
    KissDecoder decoder;
    const auto frames = all_of(decoder, stream);
    ASSERT_FALSE(frames.empty());
    EXPECT_EQ(frames.back().content, (Bytes{9, 9, 9}));
  }
}

}  // namespace
}  // namespace muster::radio
