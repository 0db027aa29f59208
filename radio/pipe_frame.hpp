// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"

namespace muster::radio {

/// Frames on a pipe of octets that loses, damages and invents some, as radios do that show
/// themselves as a serial line: Consistent Overhead Byte Stuffing (Cheshire and Baker 1999) around
/// the content and its 16-bit frame check sequence (RFC 1662, appendix C), a zero octet behind and
/// before. Content of one octet or more.
[[nodiscard]] Bytes encode_pipe_frame(BytesView content);

/// Octets on the pipe beside the content, at most.
[[nodiscard]] constexpr std::size_t pipe_frame_overhead(std::size_t content_bytes) {
  return 2 + 2 + 1 + (content_bytes + 2) / 254;
}

/// Finds such frames in a stream cut anywhere. Keeps at most one, and drops what is none.
class PipeDecoder {
 public:
  struct Limits {
    std::size_t content_bytes_max = 2048;
  };
  struct Counters {
    std::uint64_t bad_stuffing = 0;
    std::uint64_t bad_check = 0;  ///< damaged, or not a frame at all
    std::uint64_t oversize = 0;
  };

  PipeDecoder() : PipeDecoder(Limits{}) {}
  explicit PipeDecoder(Limits limits) : limits_(limits) {}

  /// Takes octets from the front of `input` until a frame is complete; nothing once all are taken.
  [[nodiscard]] std::optional<Bytes> take(BytesView& input);
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  [[nodiscard]] std::optional<Bytes> unstuffed(BytesView stuffed);

  Limits limits_;
  bool dropping_ = false;  ///< until the next zero
  Bytes stuffed_;
  Counters counters_;
};

}  // namespace muster::radio
