// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/bytes.hpp"
#include "sip/audio_codec.hpp"

namespace muster::sip {

/// Puts what arrives over RTP, early, late, twice or not at all, back into an even stream: a jitter
/// buffer of fixed delay. Payloads are decoded when their time comes, so that the decoder can fill
/// the place of a missing one from what was before and from the one after it. A sender that stays
/// late, jumps, starts anew or changes its codec is followed.
class AgentPlayout {
 public:
  struct Limits {
    Duration delay = std::chrono::milliseconds{60};
    Duration ahead_max = std::chrono::seconds{1};
    std::size_t packets_max = 256;    ///< of at most 1,440 octets each
    unsigned late_in_a_row_max = 25;  ///< half a second: then its delay has grown
  };
  struct Counters {
    std::uint64_t received = 0;
    std::uint64_t late = 0;
    std::uint64_t over_limit = 0;
    std::uint64_t repeated = 0;
    std::uint64_t malformed = 0;  ///< the decoder could make nothing of it
    std::uint64_t restarted = 0;
    std::uint64_t concealed_frames =
        0;  ///< 20 ms or less that were missing, after the first packet
  };
  using MakeDecoder = std::function<std::unique_ptr<AudioDecoder>(AudioCodec)>;

  explicit AgentPlayout(Limits limits, MakeDecoder make = make_decoder)
      : limits_(limits), make_decoder_(std::move(make)) {}

  /// From a packet with that SSRC and RTP timestamp.
  void receive(std::uint32_t source, AudioCodec codec, std::uint32_t timestamp, Bytes payload);
  /// The next 20 ms. To be called every 20 ms.
  [[nodiscard]] AudioFrame take();
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Stream {
    std::uint32_t source;
    AudioCodec codec;
    friend bool operator==(const Stream&, const Stream&) = default;
  };

  [[nodiscard]] std::int64_t ticks_in(Duration duration) const;
  [[nodiscard]] std::int64_t unwrapped(std::uint32_t timestamp) const;
  void restart(Stream stream, std::uint32_t timestamp);
  void decode_next();
  void fill_gap();
  void append(const std::vector<std::int16_t>& samples, std::size_t skipped);

  Limits limits_;
  MakeDecoder make_decoder_;
  Counters counters_;
  std::optional<Stream> stream_;
  std::unique_ptr<AudioDecoder> decoder_;
  bool begun_ = false;               ///< the first packet since the restart has been decoded
  std::int64_t position_ = 0;        ///< unwrapped timestamp of what follows `ready_`
  std::vector<std::int16_t> ready_;  ///< decoded, not yet taken
  unsigned late_in_a_row_ = 0;
  std::map<std::int64_t, Bytes> waiting_;
};

}  // namespace muster::sip
