// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct SpeexResamplerState_;

namespace muster::sip {

/// Changes the rate of a mono stream, filtered so that nothing folds back (SpeexDSP). What comes
/// out is late by half the filter: 3 ms at 8 kHz.
class AudioResampler {
 public:
  AudioResampler(unsigned rate_in, unsigned rate_out);

  /// As many samples as the rates say, on average; exactly so for whole frames between 8 and
  /// 48 kHz.
  [[nodiscard]] std::vector<std::int16_t> resample(std::span<const std::int16_t> samples);
  /// A whole recording, without the delay.
  [[nodiscard]] static std::vector<std::int16_t> resample_all(std::span<const std::int16_t> samples,
                                                              unsigned rate_in, unsigned rate_out);

 private:
  struct Destroy {
    void operator()(SpeexResamplerState_* state) const;
  };
  unsigned rate_in_, rate_out_;
  std::unique_ptr<SpeexResamplerState_, Destroy> state_;
};

}  // namespace muster::sip
