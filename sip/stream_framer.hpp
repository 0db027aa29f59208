// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string_view>

#include "core/base/bytes.hpp"

namespace muster::sip {

/// Finds the messages in a stream of octets: RFC 3261 section 18.3, where each has a
/// Content-Length, and line ends between them keep the connection alive (RFC 5626 section 3.5.1).
///
/// A pure state machine. After a fault the place of the next message cannot be known: the stream
/// has to end.
class StreamFramer {
 public:
  struct Limits {
    std::size_t header_bytes_max = 32'768;   ///< start line and header fields
    std::size_t message_bytes_max = 65'535;  ///< held in memory while it comes
  };
  enum class Fault {
    header_too_large,
    no_length,  ///< a message without Content-Length
    bad_length,
    message_too_large,
  };
  struct Output {
    enum class Kind { message, ping };
    Kind kind;
    Bytes message;  ///< from its start line to the end of its body; of a ping nothing
  };

  StreamFramer() : StreamFramer(Limits{}) {}
  explicit StreamFramer(Limits limits) : limits_(limits) {}

  /// Whatever has come next; ignored after a fault.
  void receive(BytesView octets);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<Fault> fault() const { return fault_; }
  /// A message has begun and not ended.
  [[nodiscard]] bool within_message() const { return !pending_.empty(); }

 private:
  void take_line_ends();
  bool take_message();
  [[nodiscard]] std::optional<std::size_t> content_length(std::string_view header);

  Limits limits_;
  Bytes pending_;
  std::size_t searched_ = 0;  ///< no end of the header before here
  unsigned line_ends_ = 0;    ///< since the last message
  std::optional<Fault> fault_;
  std::deque<Output> outputs_;
};

[[nodiscard]] std::string_view to_string(StreamFramer::Fault fault);

}  // namespace muster::sip
