// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "sip/message.hpp"

namespace muster::sip {

/// What one datagram may cost; a message is held in memory about twice while it is parsed.
struct ParseLimits {
  std::size_t bytes_max = 65'535;
  std::size_t headers_max = 256;
  std::size_t header_line_bytes_max = 8'192;  ///< folded lines together
};

enum class ParseFault {
  keep_alive,        ///< nothing but line ends: no fault at all, and no message (RFC 5626 3.5.1)
  too_large,         ///< a limit was passed
  start_line,        ///< neither a Request-Line nor a Status-Line
  version,           ///< not SIP/2.0
  no_end_of_header,  ///< no empty line
  header_line,       ///< not "name: value"
  header_missing,
  header_repeated,
  header_malformed,
  method_mismatch,  ///< CSeq names another method than the Request-Line
  body_too_short,   ///< Content-Length is beyond the end of the datagram
};

/// Why a datagram is no message.
struct ParseError {
  ParseFault fault = ParseFault::start_line;
  std::string header;  ///< the header field at fault, where there is one
  /// What a server answers: 400 or 505; 0 where there is nobody to answer, so that it is dropped.
  unsigned status = 0;
  /// The answer, to be sent to where the datagram came from, if the request names its transaction
  /// well enough. Never for ACK.
  std::optional<Message> response;

  [[nodiscard]] std::string sentence() const;
};

/// Reads the one message in `datagram` (RFC 3261 sections 7 and 18.3): strict where leniency would
/// pass damage on to the next hop, lenient where RFC 4475 section 3.1.1 wants it. Line ends before
/// the message and octets after Content-Length are ignored.
[[nodiscard]] Result<Message, ParseError> parse(BytesView datagram, const ParseLimits& limits = {});

}  // namespace muster::sip
