// SPDX-License-Identifier: Apache-2.0
#include "sip/stream_framer.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/sip_texts.hpp"

namespace muster::fuzz {
namespace {

constexpr sip::StreamFramer::Limits limits{.header_bytes_max = 1500, .message_bytes_max = 2000};

struct Framed {
  std::vector<Bytes> messages;
  std::size_t pings = 0;
  std::optional<sip::StreamFramer::Fault> fault;
  friend bool operator==(const Framed&, const Framed&) = default;
};

void drain(sip::StreamFramer& framer, Framed& framed) {
  while (auto output = framer.poll()) {
    if (output->kind == sip::StreamFramer::Output::Kind::ping) {
      ++framed.pings;
    } else {
      MUST(output->message.size() <= limits.message_bytes_max);
      framed.messages.push_back(std::move(output->message));
    }
  }
  framed.fault = framer.fault();
}

}  // namespace

/// However a stream is cut into pieces, the same messages are found in it.
void run(BytesView input) {
  Choices choices(input);
  const std::size_t piece_max = 1 + choices.octet();
  const BytesView stream = choices.remainder();

  sip::StreamFramer at_once(limits);
  Framed whole;
  at_once.receive(stream);
  drain(at_once, whole);

  sip::StreamFramer bit_by_bit(limits);
  Framed pieces;
  for (std::size_t at = 0; at < stream.size(); at += piece_max) {
    bit_by_bit.receive(stream.subspan(at, std::min(piece_max, stream.size() - at)));
    drain(bit_by_bit, pieces);
  }
  MUST(pieces == whole);
  if (whole.fault) MUST(!to_string(*whole.fault).empty());
}

std::vector<Bytes> seeds() {
  Bytes stream{6};
  for (const auto& message : sip_messages()) {
    append(stream, message);
    append(stream, as_bytes("\r\n\r\n"));
  }
  return {stream, to_bytes(std::string_view{"\x10OPTIONS sip:a SIP/2.0\r\nl: 99999\r\n\r\n"})};
}

}  // namespace muster::fuzz
