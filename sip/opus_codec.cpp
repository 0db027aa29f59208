// SPDX-License-Identifier: Apache-2.0
#include "sip/opus_codec.hpp"

#include <algorithm>
#include <new>

#include <opus/opus.h>

namespace muster::sip {
namespace {

// RFC 6716: a packet holds up to 120 ms, RFC 7587 section 6.1: 6 kbit/s and more.
constexpr std::size_t packet_samples_max = 5760;
constexpr std::uint32_t bits_per_second_min = 6'000;

// Ours. The lower complexity saves a small computer half the work for hardly a difference in voice.
constexpr int complexity = 5;
constexpr int expected_loss_percent = 20;
constexpr std::size_t packet_bytes_max = 400;

}  // namespace

void OpusSpeaker::Destroy::operator()(OpusEncoder* encoder) const { opus_encoder_destroy(encoder); }

OpusSpeaker::OpusSpeaker(const AudioFormat& format) {
  int error = 0;
  encoder_.reset(opus_encoder_create(audio_samples_per_second, 1, OPUS_APPLICATION_VOIP, &error));
  if (!encoder_) throw std::bad_alloc{};  // its only failure with arguments that are constants
  const auto rate =
      std::clamp(format.bits_per_second_max, bits_per_second_min, opus_bits_per_second);
  opus_encoder_ctl(encoder_.get(), OPUS_SET_BITRATE(static_cast<opus_int32>(rate)));
  opus_encoder_ctl(encoder_.get(), OPUS_SET_COMPLEXITY(complexity));
  opus_encoder_ctl(encoder_.get(), OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
  opus_encoder_ctl(encoder_.get(), OPUS_SET_INBAND_FEC(format.repairs ? 1 : 0));
  opus_encoder_ctl(encoder_.get(),
                   OPUS_SET_PACKET_LOSS_PERC(format.repairs ? expected_loss_percent : 0));
}

Bytes OpusSpeaker::encode(const AudioFrame& frame) {
  Bytes payload(packet_bytes_max);
  const auto size = opus_encode(encoder_.get(), frame.data(), static_cast<int>(frame.size()),
                                payload.data(), static_cast<opus_int32>(payload.size()));
  payload.resize(static_cast<std::size_t>(std::max(size, 0)));
  return payload;
}

void OpusListener::Destroy::operator()(OpusDecoder* decoder) const {
  opus_decoder_destroy(decoder);
}

OpusListener::OpusListener() {
  int error = 0;
  decoder_.reset(opus_decoder_create(audio_samples_per_second, 1, &error));
  if (!decoder_) throw std::bad_alloc{};
}

std::vector<std::int16_t> OpusListener::decode(BytesView payload) {
  if (payload.empty()) return {};
  return decoded(payload, false);
}

std::vector<std::int16_t> OpusListener::repair(BytesView next) {
  auto samples = decoded(next, true);
  return samples.empty() ? conceal() : samples;
}

std::vector<std::int16_t> OpusListener::decoded(BytesView payload, bool of_the_frame_before) {
  const bool whole = !payload.empty() && !of_the_frame_before;
  std::vector<std::int16_t> samples(whole ? packet_samples_max : audio_frame_samples);
  const int count = opus_decode(decoder_.get(), payload.empty() ? nullptr : payload.data(),
                                static_cast<opus_int32>(payload.size()), samples.data(),
                                static_cast<int>(samples.size()), of_the_frame_before ? 1 : 0);
  samples.resize(static_cast<std::size_t>(std::max(count, 0)));
  return samples;
}

}  // namespace muster::sip
