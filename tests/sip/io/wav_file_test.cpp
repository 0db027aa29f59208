// SPDX-License-Identifier: Apache-2.0
#include "sip/io/wav_file.hpp"

#include <cmath>
#include <fstream>

#include <sndfile.h>

#include "tests/support/temporary_directory.hpp"

namespace muster::sip {
namespace {

TEST(WavFile, GivesBackWhatWasWritten) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() / "a.wav";
  const std::vector<std::int16_t> samples{0, 1, -1, 32767, -32768, 1234};
  {
    auto writer = WavWriter::open(path);
    ASSERT_TRUE(writer) << writer.error().sentence;
    ASSERT_TRUE(writer->write(samples));
    EXPECT_EQ(read_wav(path), samples) << "whole before it is closed";
  }
  EXPECT_EQ(read_wav(path), samples);
}

TEST(WavFile, MixesChannelsAndResamples) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() / "stereo.wav";
  SF_INFO info{};
  info.samplerate = 8000;
  info.channels = 2;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr);
  for (int i = 0; i < 8000; ++i) {  // a ramp on the left, silence on the right
    const std::int16_t frame[2] = {static_cast<std::int16_t>(i * 2), 0};
    sf_writef_short(file, frame, 1);
  }
  sf_close(file);
  const auto samples = read_wav(path);
  ASSERT_TRUE(samples) << samples.error().sentence;
  ASSERT_EQ(samples->size(), 48'000u);
  for (std::size_t i = 600; i < samples->size() - 600; ++i) {  // but for the filter at both ends
    ASSERT_NEAR((*samples)[i], static_cast<double>(i) / 6, 3) << i;
  }
}

TEST(WavFile, SaysWhatIsWrong) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() / "text.wav";
  std::ofstream{path} << "no sound at all";
  EXPECT_FALSE(read_wav(path));
  const auto missing = read_wav(directory.path() / "missing.wav");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().sentence, testing::HasSubstr("missing.wav"));
  EXPECT_FALSE(WavWriter::open(directory.path() / "no" / "where.wav"));
}

}  // namespace
}  // namespace muster::sip
