// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "sip/audio_frame.hpp"

namespace muster::sip {

enum class AudioCodec : std::uint8_t { opus, pcmu, pcma };

/// As SDP names it: "opus", "PCMU", "PCMA".
[[nodiscard]] std::string_view name_of(AudioCodec codec);

/// How one codec is spoken in one call.
struct AudioFormat {
  AudioCodec codec = AudioCodec::pcmu;
  std::uint8_t payload_type = 0;  ///< of RTP, 7 bits
  // What the listener asks of an Opus speaker (RFC 7587 section 6.1).
  bool repairs = false;  ///< useinbandfec: a packet carries a rough copy of the one before
  std::uint32_t bits_per_second_max = 510'000;  ///< maxaveragebitrate

  friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

/// Ticks of the RTP timestamp in a second: RFC 3551 section 4.5.14, RFC 7587 section 4.1.
[[nodiscard]] constexpr unsigned rtp_clock_of(AudioCodec codec) {
  return codec == AudioCodec::opus ? 48'000 : 8'000;
}
[[nodiscard]] constexpr std::size_t samples_per_tick(AudioCodec codec) {
  return audio_samples_per_second / rtp_clock_of(codec);
}

/// Turns frames, one after the other, into payloads.
class AudioEncoder {
 public:
  virtual ~AudioEncoder() = default;
  [[nodiscard]] virtual Bytes encode(const AudioFrame& frame) = 0;
};

/// Turns payloads back, in their order, and fills the place of those that are missing.
class AudioDecoder {
 public:
  virtual ~AudioDecoder() = default;
  /// Nothing if the payload makes no sense.
  [[nodiscard]] virtual std::vector<std::int16_t> decode(BytesView payload) = 0;
  /// One frame that fits to what was heard before.
  [[nodiscard]] virtual std::vector<std::int16_t> conceal() = 0;
  /// The frame before `next`, as far as `next` tells of it; else as conceal().
  [[nodiscard]] virtual std::vector<std::int16_t> repair(BytesView next) = 0;
};

[[nodiscard]] std::unique_ptr<AudioEncoder> make_encoder(const AudioFormat& format);
[[nodiscard]] std::unique_ptr<AudioDecoder> make_decoder(AudioCodec codec);

}  // namespace muster::sip
