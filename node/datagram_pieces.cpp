// SPDX-License-Identifier: Apache-2.0
#include "node/datagram_pieces.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "security/datagram_type.hpp"

namespace muster::node {

std::vector<Bytes> DatagramPieces::cut(BytesView datagram, std::size_t datagram_bytes_max,
                                       std::uint16_t number) {
  if (datagram_bytes_max <= header_bytes || datagram.empty()) return {};
  const std::size_t room = datagram_bytes_max - header_bytes;
  const std::size_t count = (datagram.size() + room - 1) / room;
  if (count > pieces_max) return {};
  std::vector<Bytes> pieces;
  for (std::size_t i = 0; i < count; ++i) {
    const auto part = datagram.subspan(i * room, std::min(room, datagram.size() - i * room));
    pieces.push_back(ByteWriter{}
                         .u8(static_cast<std::uint8_t>(security::DatagramType::piece))
                         .u16(number)
                         .u8(static_cast<std::uint8_t>(i << 4 | count))
                         .raw(part)
                         .take());
  }
  return pieces;
}

std::optional<Bytes> DatagramPieces::receive(TimePoint now, const LinkPath& from, BytesView piece) {
  ByteReader reader{piece};
  reader.u8();
  const std::uint16_t number = reader.u16();
  const std::uint8_t place = reader.u8();
  const std::size_t index = place >> 4;
  const std::size_t count = place & pieces_max;
  const BytesView part = reader.remainder();
  if (reader.failed() || part.empty() || index >= count) {
    ++counters_.malformed;
    return std::nullopt;
  }
  counters_.given_up += std::erase_if(
      assemblies_, [&](const Assembly& one) { return now - one.since > limits_.kept_for; });
  auto found = std::find_if(assemblies_.begin(), assemblies_.end(), [&](const Assembly& one) {
    return one.from == from && one.number == number && one.pieces.size() == count;
  });
  if (found == assemblies_.end()) {
    if (assemblies_.size() >= limits_.assemblies_max) {
      assemblies_.pop_front();
      ++counters_.given_up;
    }
    assemblies_.push_back({from, number, now, std::vector<Bytes>(count)});
    found = std::prev(assemblies_.end());
  }
  found->pieces[index] = to_bytes(part);
  if (std::any_of(found->pieces.begin(), found->pieces.end(),
                  [](const Bytes& one) { return one.empty(); })) {
    return std::nullopt;
  }
  Bytes whole;
  for (const Bytes& one : found->pieces) append(whole, one);
  assemblies_.erase(found);
  return whole;
}

}  // namespace muster::node
