// SPDX-License-Identifier: Apache-2.0
#include "sip/audio_resampler.hpp"

#include <new>

#include <speex/speex_resampler.h>

namespace muster::sip {
namespace {

constexpr int quality = 5;  // of 0 to 10

}  // namespace

void AudioResampler::Destroy::operator()(SpeexResamplerState_* state) const {
  speex_resampler_destroy(state);
}

AudioResampler::AudioResampler(unsigned rate_in, unsigned rate_out)
    : rate_in_(rate_in), rate_out_(rate_out) {
  int error = 0;
  state_.reset(speex_resampler_init(1, rate_in, rate_out, quality, &error));
  if (!state_) throw std::bad_alloc{};  // its only failure with rates that are constants of ours
}

std::vector<std::int16_t> AudioResampler::resample(std::span<const std::int16_t> samples) {
  std::vector<std::int16_t> out(samples.size() * rate_out_ / rate_in_ + 1);
  std::size_t used = 0, made = 0;
  while (used < samples.size() && made < out.size()) {
    auto in_count = static_cast<spx_uint32_t>(samples.size() - used);
    auto out_count = static_cast<spx_uint32_t>(out.size() - made);
    speex_resampler_process_int(state_.get(), 0, samples.data() + used, &in_count,
                                out.data() + made, &out_count);
    used += in_count;
    made += out_count;
  }
  out.resize(made);
  return out;
}

std::vector<std::int16_t> AudioResampler::resample_all(std::span<const std::int16_t> samples,
                                                       unsigned rate_in, unsigned rate_out) {
  if (rate_in == rate_out) return {samples.begin(), samples.end()};
  AudioResampler resampler(rate_in, rate_out);
  speex_resampler_skip_zeros(resampler.state_.get());
  auto out = resampler.resample(samples);
  const auto delay =
      static_cast<std::size_t>(speex_resampler_get_input_latency(resampler.state_.get()));
  const auto rest = resampler.resample(std::vector<std::int16_t>(delay + 1));
  out.insert(out.end(), rest.begin(), rest.end());
  out.resize(samples.size() * std::size_t{rate_out} / rate_in);
  return out;
}

}  // namespace muster::sip
