// SPDX-License-Identifier: Apache-2.0
#include "radio/pipe_frame.hpp"

#include "core/base/seeded_random.hpp"

namespace muster::radio {
namespace {

std::vector<Bytes> all_of(PipeDecoder& decoder, BytesView stream) {
  std::vector<Bytes> frames;
  while (auto frame = decoder.take(stream)) frames.push_back(std::move(*frame));
  return frames;
}

TEST(PipeFrame, GivesBackContentOfEveryLength) {
  SeededRandom random{3};
  for (std::size_t size = 1; size < 1100; ++size) {
    Bytes content(size);
    // Without zeros, with some, with nothing else: the code's three cases.
    for (auto& octet : content) {
      octet = static_cast<std::uint8_t>(size % 3 == 0   ? 1 + random.below(255)
                                        : size % 3 == 1 ? random.below(3)
                                                        : 0);
    }
    const Bytes frame = encode_pipe_frame(content);
    EXPECT_LE(frame.size(), size + pipe_frame_overhead(size));
    PipeDecoder decoder;
    EXPECT_EQ(all_of(decoder, frame), std::vector<Bytes>{content});
  }
}

TEST(PipeFrame, HasTheCheckSequenceOfRfc1662) {
  // The usual check value of this polynomial: 0x906e over "123456789", low octet first.
  const std::string text = "123456789";
  EXPECT_EQ(to_hex(encode_pipe_frame(as_bytes(text))), "000c3132333435363738396e9000");
}

TEST(PipeFrame, DropsAFrameWithAnyOctetDamagedAndReadsTheNext) {
  const Bytes content{1, 0, 2, 0, 0, 3};
  const Bytes frame = encode_pipe_frame(content);
  for (std::size_t at = 0; at < frame.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes stream = frame;
      stream[at] = static_cast<std::uint8_t>(stream[at] ^ 1 << bit);
      append(stream, frame);
      PipeDecoder decoder;
      const auto frames = all_of(decoder, stream);
      ASSERT_FALSE(frames.empty()) << at;
      for (const auto& found : frames) EXPECT_EQ(found, content);
    }
  }
}

TEST(PipeFrame, DropsWhatIsTooLongAndKeepsNoMore) {
  PipeDecoder decoder{{.content_bytes_max = 32}};
  Bytes stream(100'000, 0x55);
  append(stream, encode_pipe_frame(Bytes(32, 1)));
  append(stream, encode_pipe_frame(Bytes(33, 1)));
  EXPECT_EQ(all_of(decoder, stream), std::vector<Bytes>{Bytes(32, 1)});
  EXPECT_GE(decoder.counters().oversize, 1u);
}

}  // namespace
}  // namespace muster::radio
