// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sip/audio_codec.hpp"
#include "sip/audio_resampler.hpp"
#include "sip/g711.hpp"

namespace muster::sip {

class G711Speaker : public AudioEncoder {
 public:
  explicit G711Speaker(G711 law)
      : law_(law), down_(audio_samples_per_second, g711_samples_per_second) {}
  [[nodiscard]] Bytes encode(const AudioFrame& frame) override;

 private:
  G711 law_;
  AudioResampler down_;
};

/// What is missing is silence, as RFC 3551 leaves it.
class G711Listener : public AudioDecoder {
 public:
  explicit G711Listener(G711 law)
      : law_(law), up_(g711_samples_per_second, audio_samples_per_second) {}
  [[nodiscard]] std::vector<std::int16_t> decode(BytesView payload) override;
  [[nodiscard]] std::vector<std::int16_t> conceal() override;
  [[nodiscard]] std::vector<std::int16_t> repair(BytesView) override { return conceal(); }

 private:
  G711 law_;
  AudioResampler up_;
};

}  // namespace muster::sip
