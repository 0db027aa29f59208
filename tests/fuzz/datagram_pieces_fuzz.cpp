// SPDX-License-Identifier: Apache-2.0
#include "node/datagram_pieces.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

constexpr std::size_t read_bytes_max = 64;

}  // namespace

/// The first octet says how long each piece is; they come from two places in turn.
void run(BytesView input) {
  if (input.empty()) return;
  const std::size_t step = 1 + input[0] % read_bytes_max;
  node::DatagramPieces pieces;
  TimePoint now{std::chrono::hours{1}};
  std::uint64_t taken = 0;
  for (BytesView rest = input.subspan(1); !rest.empty();) {
    const auto piece = rest.first(std::min(step, rest.size()));
    rest = rest.subspan(piece.size());
    const LinkPath from{LinkId{1}, LinkAddress{Bytes{static_cast<std::uint8_t>(taken++ % 2)}}};
    if (const auto whole = pieces.receive(now, from, piece)) {
      MUST(!whole->empty());
      MUST(whole->size() <= node::DatagramPieces::pieces_max * read_bytes_max);
    }
    MUST(pieces.counters().malformed + pieces.counters().given_up <= taken);
    now += std::chrono::seconds{1};
  }
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> all;
  for (const std::size_t room : {8, 20}) {
    Bytes seed{static_cast<std::uint8_t>(room - 1)};
    for (const auto& piece : node::DatagramPieces::cut(Bytes(40, 7), room, 258)) {
      append(seed, piece);
      append(seed, piece);  // from the other place
    }
    all.push_back(std::move(seed));
  }
  return all;
}

}  // namespace muster::fuzz
