// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sip/audio_codec.hpp"

struct OpusEncoder;
struct OpusDecoder;

namespace muster::sip {

/// What a call takes on a thin link, voice at full width; with RTP and IP about 40 kbit/s.
inline constexpr std::uint32_t opus_bits_per_second = 24'000;

class OpusSpeaker : public AudioEncoder {
 public:
  explicit OpusSpeaker(const AudioFormat& format);
  [[nodiscard]] Bytes encode(const AudioFrame& frame) override;

 private:
  struct Destroy {
    void operator()(OpusEncoder* encoder) const;
  };
  std::unique_ptr<OpusEncoder, Destroy> encoder_;
};

class OpusListener : public AudioDecoder {
 public:
  OpusListener();
  [[nodiscard]] std::vector<std::int16_t> decode(BytesView payload) override;
  [[nodiscard]] std::vector<std::int16_t> conceal() override { return decoded({}, false); }
  [[nodiscard]] std::vector<std::int16_t> repair(BytesView next) override;

 private:
  struct Destroy {
    void operator()(OpusDecoder* decoder) const;
  };
  std::vector<std::int16_t> decoded(BytesView payload, bool of_the_frame_before);

  std::unique_ptr<OpusDecoder, Destroy> decoder_;
};

}  // namespace muster::sip
