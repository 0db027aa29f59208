// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"

namespace muster::radio {

/// A frame between a host and a terminal node controller: the KISS protocol of Chepponis and Karn
/// (1987), as also spoken, with other types, by RNodes.
struct KissFrame {
  std::uint8_t type = 0;  ///< KISS: port in the upper four bits, command in the lower
  Bytes content;
};

/// Commands of KISS, in the lower four bits of a frame's type.
enum class KissCommand : std::uint8_t {
  data = 0,
  tx_delay = 1,     ///< one octet, in units of 10 ms
  persistence = 2,  ///< one octet p: the channel is taken with probability (p + 1) / 256
  slot_time = 3,    ///< one octet, in units of 10 ms
  tx_tail = 4,      ///< one octet, in units of 10 ms
  full_duplex = 5,  ///< one octet, 0: no
  set_hardware = 6,
};

[[nodiscard]] constexpr std::uint8_t kiss_type(unsigned port, KissCommand command) {
  return static_cast<std::uint8_t>(port << 4 | static_cast<unsigned>(command));
}

[[nodiscard]] Bytes encode_kiss(std::uint8_t type, BytesView content);

/// Finds KISS frames in a stream of octets cut anywhere. Keeps at most one frame, and drops what
/// cannot be one until the next delimiter.
class KissDecoder {
 public:
  struct Limits {
    std::size_t frame_bytes_max = 2048;  ///< type and content
  };
  struct Counters {
    std::uint64_t bad_escapes = 0;  ///< escapes that mean nothing, or cut in half
    std::uint64_t oversize = 0;
    std::uint64_t noise_bytes = 0;  ///< before the first delimiter
  };

  KissDecoder() : KissDecoder(Limits{}) {}
  explicit KissDecoder(Limits limits) : limits_(limits) {}

  /// Takes octets from the front of `input` until a frame is complete; nothing once all are taken.
  [[nodiscard]] std::optional<KissFrame> take(BytesView& input);
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  enum class State : std::uint8_t {
    unsynchronised,  ///< no delimiter was seen yet
    in_frame,
    escaped,
    dropping,  ///< until the next delimiter
  };

  void take_octet(std::uint8_t octet);

  Limits limits_;
  State state_ = State::unsynchronised;
  Bytes frame_;
  Counters counters_;
};

}  // namespace muster::radio
