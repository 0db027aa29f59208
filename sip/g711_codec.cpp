// SPDX-License-Identifier: Apache-2.0
#include "sip/g711_codec.hpp"

namespace muster::sip {

Bytes G711Speaker::encode(const AudioFrame& frame) {
  return g711_encode(law_, down_.resample(frame));
}

std::vector<std::int16_t> G711Listener::decode(BytesView payload) {
  return up_.resample(g711_decode(law_, payload));
}

std::vector<std::int16_t> G711Listener::conceal() {
  constexpr auto size = audio_frame_samples / samples_per_tick(AudioCodec::pcmu);
  return up_.resample(std::vector<std::int16_t>(size));
}

}  // namespace muster::sip
