// SPDX-License-Identifier: Apache-2.0
#include "sip/io/wav_file.hpp"

#include <algorithm>

#include <sndfile.h>

#include "sip/audio_frame.hpp"
#include "sip/audio_resampler.hpp"

namespace muster::sip {
namespace {

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using SoundFile = std::unique_ptr<SNDFILE, Close>;

constexpr int channels_max = 16;
constexpr int rate_min = 1'000;
constexpr int rate_max = 192'000;
constexpr sf_count_t frames_at_once = 4096;

/// Interleaved channels to their mean.
std::vector<std::int16_t> read_mono(SNDFILE* file, const SF_INFO& info) {
  const auto channels = static_cast<std::size_t>(info.channels);
  const std::size_t frames_max =
      std::size_t{wav_seconds_max} * static_cast<unsigned>(info.samplerate);
  std::vector<std::int16_t> mono;
  std::vector<std::int16_t> block(static_cast<std::size_t>(frames_at_once) * channels);
  while (mono.size() < frames_max) {
    const auto frames = sf_readf_short(file, block.data(), frames_at_once);
    if (frames <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) {
      int sum = 0;
      for (std::size_t c = 0; c < channels; ++c) sum += block[i * channels + c];
      mono.push_back(static_cast<std::int16_t>(sum / info.channels));
    }
  }
  mono.resize(std::min(mono.size(), frames_max));
  return mono;
}

}  // namespace

Result<std::vector<std::int16_t>> read_wav(const std::string& path) {
  SF_INFO info{};
  const SoundFile file{sf_open(path.c_str(), SFM_READ, &info)};
  if (!file) return fail(path + ": " + sf_strerror(nullptr) + "; a WAV file is wanted");
  if (info.channels < 1 || info.channels > channels_max || info.samplerate < rate_min ||
      info.samplerate > rate_max) {
    return fail(path + ": so many channels or such a rate cannot be read; 48 kHz mono is best");
  }
  sf_command(file.get(), SFC_SET_SCALE_FLOAT_INT_READ, nullptr, SF_TRUE);
  return AudioResampler::resample_all(read_mono(file.get(), info),
                                      static_cast<unsigned>(info.samplerate),
                                      audio_samples_per_second);
}

struct WavWriter::File {
  SoundFile sound;
};

WavWriter::WavWriter(std::unique_ptr<File> file) : file_(std::move(file)) {}
WavWriter::WavWriter(WavWriter&&) noexcept = default;
WavWriter& WavWriter::operator=(WavWriter&&) noexcept = default;
WavWriter::~WavWriter() = default;

Result<WavWriter> WavWriter::open(const std::string& path) {
  SF_INFO info{};
  info.samplerate = audio_samples_per_second;
  info.channels = 1;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SoundFile sound{sf_open(path.c_str(), SFM_WRITE, &info)};
  if (!sound) {
    return fail(path + ": " + sf_strerror(nullptr) + "; can the file be written there?");
  }
  sf_command(sound.get(), SFC_SET_UPDATE_HEADER_AUTO, nullptr, SF_TRUE);
  return WavWriter{std::make_unique<File>(File{std::move(sound)})};
}

bool WavWriter::write(std::span<const std::int16_t> samples) {
  const auto size = static_cast<sf_count_t>(samples.size());
  return sf_write_short(file_->sound.get(), samples.data(), size) == size;
}

}  // namespace muster::sip
