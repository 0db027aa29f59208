// SPDX-License-Identifier: Apache-2.0
#include "sip/io/wav_file.hpp"

#include <algorithm>
#include <cmath>

#include <sndfile.h>

#include "sip/g711.hpp"

namespace muster::sip {
namespace {

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using SoundFile = std::unique_ptr<SNDFILE, Close>;

constexpr int channels_max = 16;
constexpr int rate_max = 192'000;
constexpr sf_count_t frames_at_once = 4096;

/// Interleaved channels to their mean.
std::vector<float> read_mono(SNDFILE* file, const SF_INFO& info) {
  const auto channels = static_cast<std::size_t>(info.channels);
  const std::size_t frames_max =
      std::size_t{wav_seconds_max} * static_cast<unsigned>(info.samplerate);
  std::vector<float> mono;
  std::vector<float> block(static_cast<std::size_t>(frames_at_once) * channels);
  while (mono.size() < frames_max) {
    const auto frames = sf_readf_float(file, block.data(), frames_at_once);
    if (frames <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) {
      float sum = 0;
      for (std::size_t c = 0; c < channels; ++c) sum += block[i * channels + c];
      mono.push_back(sum / static_cast<float>(channels));
    }
  }
  mono.resize(std::min(mono.size(), frames_max));
  return mono;
}

std::int16_t sample_of(double value) {
  return static_cast<std::int16_t>(std::lround(std::clamp(value, -1.0, 32767.0 / 32768) * 32768));
}

std::vector<std::int16_t> resampled(const std::vector<float>& in, int rate) {
  std::vector<std::int16_t> out(in.size() * g711_samples_per_second / static_cast<unsigned>(rate));
  const double step = static_cast<double>(rate) / g711_samples_per_second;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double place = static_cast<double>(i) * step;
    const auto before = static_cast<std::size_t>(place);
    const auto after = std::min(before + 1, in.size() - 1);
    const double part = place - static_cast<double>(before);
    out[i] = sample_of(in[before] * (1 - part) + in[after] * part);
  }
  return out;
}

}  // namespace

Result<std::vector<std::int16_t>> read_wav(const std::string& path) {
  SF_INFO info{};
  const SoundFile file{sf_open(path.c_str(), SFM_READ, &info)};
  if (!file) return fail(path + ": " + sf_strerror(nullptr) + "; a WAV file is wanted");
  if (info.channels < 1 || info.channels > channels_max || info.samplerate < 1 ||
      info.samplerate > rate_max) {
    return fail(path + ": so many channels or such a rate cannot be read; 8 kHz mono is best");
  }
  return resampled(read_mono(file.get(), info), info.samplerate);
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
  info.samplerate = g711_samples_per_second;
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
