// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/base/time.hpp"
#include "sip/g711.hpp"

namespace muster::sip {

inline constexpr std::size_t audio_frame_samples = 160;
inline constexpr Duration audio_frame_duration = std::chrono::milliseconds{20};
using AudioFrame = std::array<std::int16_t, audio_frame_samples>;

/// Puts what arrives over RTP, early, late, twice or not at all, back into an even stream: a jitter
/// buffer of fixed delay. What is missing when its time comes is silence. A sender that stays late,
/// jumps or starts anew is followed.
class AgentPlayout {
 public:
  struct Limits {
    Duration delay = std::chrono::milliseconds{60};
    Duration ahead_max = std::chrono::seconds{1};  ///< 16 kB of samples
    std::size_t packets_max = 256;                 ///< of at most 1,440 samples, 3 kB, each
    unsigned late_in_a_row_max = 25;               ///< half a second: then its delay has grown
  };
  struct Counters {
    std::uint64_t received = 0;
    std::uint64_t late = 0;
    std::uint64_t over_limit = 0;
    std::uint64_t repeated = 0;
    std::uint64_t restarted = 0;
    std::uint64_t silent_frames = 0;  ///< nothing at all was there, after the first packet
  };

  explicit AgentPlayout(Limits limits) : limits_(limits) {}

  /// Samples from a packet with that RTP timestamp and SSRC.
  void receive(std::uint32_t source, std::uint32_t timestamp, std::vector<std::int16_t> samples);
  /// The next 20 ms. To be called every 20 ms.
  [[nodiscard]] AudioFrame take();
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  [[nodiscard]] std::int64_t unwrapped(std::uint32_t timestamp) const;
  void restart(std::uint32_t source, std::uint32_t timestamp);

  Limits limits_;
  Counters counters_;
  std::optional<std::uint32_t> source_;
  std::int64_t position_ = 0;  ///< timestamp of the next sample to be taken, unwrapped
  unsigned late_in_a_row_ = 0;
  std::map<std::int64_t, std::vector<std::int16_t>> waiting_;
};

}  // namespace muster::sip
