// SPDX-License-Identifier: Apache-2.0
#include "radio/hop_frame.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

/// A frame that was read is encoded to a frame that is read as the same.
void run(BytesView input) {
  const auto frame = radio::HopFrame::parse(input);
  if (!frame) return;
  MUST(frame->chunks.size() <= radio::hop_chunks_max);
  const Bytes written = frame->encode();
  const auto again = radio::HopFrame::parse(written);
  MUST(again);
  MUST(again->encode() == written);
  MUST(again->chunks.size() == frame->chunks.size());
  for (std::size_t i = 0; i < frame->chunks.size(); ++i) {
    MUST(to_bytes(again->chunks[i].data) == to_bytes(frame->chunks[i].data));
  }
}

std::vector<Bytes> seeds() {
  const Bytes data(9, 3);
  radio::HopFrame whole;
  whole.eliciting = true;
  whole.number = 5;
  whole.back = 2;
  whole.oldest = 1;
  whole.chunks.push_back({.reliable = true, .number = 1, .data = data});
  whole.chunks.push_back({.data = data});
  radio::HopFrame part;
  part.tag = 77;
  part.ack = radio::HopAck{.tag = 9, .largest = 40, .hold = {}, .bitmap = Bytes(3, 0xf0)};
  part.chunks.push_back({.fragment = true, .number = 4, .total = 50, .at = 9, .data = data});
  return {whole.encode(), part.encode(), radio::HopFrame{}.encode()};
}

}  // namespace muster::fuzz
