// SPDX-License-Identifier: Apache-2.0
#include "sip/audio_codec.hpp"

#include "core/base/seeded_random.hpp"
#include "sip/audio_resampler.hpp"
#include "sip/g711_codec.hpp"
#include "sip/opus_codec.hpp"
#include "tests/sip/agent_world.hpp"

namespace muster::sip {
namespace {

std::vector<AudioFrame> frames_of(const std::vector<std::int16_t>& samples) {
  std::vector<AudioFrame> frames(samples.size() / audio_frame_samples);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(i * audio_frame_samples),
                audio_frame_samples, frames[i].begin());
  }
  return frames;
}

class AudioCodecs : public testing::TestWithParam<AudioFormat> {};
INSTANTIATE_TEST_SUITE_P(All, AudioCodecs,
                         testing::Values(AudioFormat{AudioCodec::opus, 96},
                                         AudioFormat{AudioCodec::opus, 96, true},
                                         AudioFormat{AudioCodec::pcmu, 0},
                                         AudioFormat{AudioCodec::pcma, 8}));

TEST_P(AudioCodecs, CarryATone) {
  const auto encoder = make_encoder(GetParam());
  const auto decoder = make_decoder(GetParam().codec);
  std::vector<std::int16_t> heard;
  for (const auto& frame : frames_of(test::tone(1000, 2))) {
    const auto samples = decoder->decode(encoder->encode(frame));
    ASSERT_EQ(samples.size(), audio_frame_samples);
    heard.insert(heard.end(), samples.begin(), samples.end());
  }
  EXPECT_GT(test::share_of_tone(heard, 1000), 0.95);
}

TEST_P(AudioCodecs, KeepTheVolume) {
  const auto encoder = make_encoder(GetParam());
  const auto decoder = make_decoder(GetParam().codec);
  std::vector<std::int16_t> heard;
  for (const auto& frame : frames_of(test::tone(1000, 1)))
    heard = decoder->decode(encoder->encode(frame));
  EXPECT_NEAR(*std::max_element(heard.begin(), heard.end()), 8000, 800);
}

TEST_P(AudioCodecs, ThrowAtNothing) {
  SeededRandom chance(7);
  const auto decoder = make_decoder(GetParam().codec);
  for (int i = 0; i < 500; ++i) {
    Bytes payload(chance.below(200));
    for (auto& octet : payload) octet = static_cast<std::uint8_t>(chance.below(256));
    EXPECT_LE(decoder->decode(payload).size(), 48'000u);
    EXPECT_EQ(decoder->repair(payload).size(), audio_frame_samples);
    EXPECT_EQ(decoder->conceal().size(), audio_frame_samples);
  }
}

TEST(OpusSpeaker, StaysWithinTheRateThatTheListenerAsksFor) {
  const auto bits_in_ten_seconds = [](std::uint32_t rate) {
    OpusSpeaker speaker({AudioCodec::opus, 96, true, rate});
    SeededRandom chance(3);
    std::size_t octets = 0;
    for (int i = 0; i < 500; ++i) {
      AudioFrame noise{};
      for (auto& sample : noise) sample = static_cast<std::int16_t>(chance.below(20'000) - 10'000);
      octets += speaker.encode(noise).size();
    }
    return octets * 8;
  };
  EXPECT_LT(bits_in_ten_seconds(510'000), 300'000u) << "ours: 24 kbit/s";
  EXPECT_LT(bits_in_ten_seconds(12'000), 150'000u);
}

/// A call at 20 % loss, each missing frame repaired where the next is there.
std::vector<std::int16_t> heard_through_loss(const std::vector<std::int16_t>& said,
                                             const AudioFormat& format) {
  SeededRandom chance(11);
  const auto encoder = make_encoder(format);
  const auto decoder = make_decoder(format.codec);
  std::vector<Bytes> sent;
  for (const auto& frame : frames_of(said)) sent.push_back(encoder->encode(frame));
  std::vector<bool> arrived(sent.size() + 1);
  for (std::size_t i = 0; i < sent.size(); ++i) arrived[i] = chance.unit() >= 0.2;
  std::vector<std::int16_t> heard;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto samples = arrived[i]       ? decoder->decode(sent[i])
                         : arrived[i + 1] ? decoder->repair(sent[i + 1])
                                          : decoder->conceal();
    heard.insert(heard.end(), samples.begin(), samples.end());
  }
  return heard;
}

TEST(OpusListener, FillsTheGapsOfTwentyPercentLoss) {
  const auto said = test::voice(10);
  EXPECT_GT(test::share_of_gaps(heard_through_loss(said, {AudioCodec::pcmu, 0}), said), 0.09);
  const auto heard = heard_through_loss(said, {AudioCodec::opus, 96, true});
  EXPECT_LT(test::share_of_gaps(heard, said), 0.05);
}

TEST(OpusListener, HearsAToneThroughTwentyPercentLoss) {
  const auto heard = heard_through_loss(test::tone(440, 10), {AudioCodec::opus, 96, true});
  EXPECT_GT(test::share_of_tone(heard, 440), 0.6);
  EXPECT_LT(test::share_of_tone(heard, 880), 0.01);
}

TEST(AudioResampler, GivesWholeFramesAsTheyAre) {
  AudioResampler up(8000, 48'000), down(48'000, 8000);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(up.resample(std::vector<std::int16_t>(160, 500)).size(), 960u);
    EXPECT_EQ(down.resample(std::vector<std::int16_t>(960, 500)).size(), 160u);
  }
}

TEST(AudioResampler, FoldsNothingBack) {
  const auto high = test::tone(7000, 1);  // 8 kHz cannot hold it
  const auto low = AudioResampler::resample_all(high, 48'000, 8000);
  ASSERT_EQ(low.size(), 8000u);
  EXPECT_LT(*std::max_element(low.begin() + 100, low.end() - 100), 100);
}

TEST(AudioResampler, LeavesARecordingWhereItWas) {
  std::vector<std::int16_t> pulse(4410);
  for (std::size_t i = 2205; i < 2215; ++i) pulse[i] = 10'000;
  const auto out = AudioResampler::resample_all(pulse, 44'100, 48'000);
  ASSERT_EQ(out.size(), 4800u);
  const auto peak = std::max_element(out.begin(), out.end()) - out.begin();
  EXPECT_NEAR(static_cast<double>(peak), 2405, 8);
}

}  // namespace
}  // namespace muster::sip
