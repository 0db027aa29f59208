// SPDX-License-Identifier: Apache-2.0
#include "security/session.hpp"

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::security {
namespace {

constexpr std::size_t header_bytes = 1 + 4 + 4;

}  // namespace

Bytes Session::seal(DatagramType type, BytesView frame) {
  const std::uint64_t counter = next_counter_++;
  ByteWriter datagram;
  datagram.u8(static_cast<std::uint8_t>(type)).u32(peer_index_);
  datagram.u32(static_cast<std::uint32_t>(counter));
  const Bytes sealed = aead_seal(keys_.send.octets, noise_nonce(counter), datagram.view(), frame);
  return datagram.raw(sealed).take();
}

Result<Session::Opened, SessionError> Session::open(BytesView datagram) {
  if (datagram.size() < session_overhead_bytes) {
    return tl::make_unexpected(SessionError::malformed);
  }
  ByteReader reader(datagram.subspan(1 + 4));
  const std::uint64_t counter = window_.expand(reader.u32());
  // Asked before the costly part, and again told only of what was authentic.
  if (!window_.would_accept(counter)) return tl::make_unexpected(SessionError::replayed);
  auto frame = aead_open(keys_.receive.octets, noise_nonce(counter), datagram.first(header_bytes),
                         reader.remainder());
  if (!frame) return tl::make_unexpected(SessionError::forged);
  const bool newest = counter >= window_.next();
  window_.accept(counter);
  return Opened{std::move(*frame), newest};
}

}  // namespace muster::security
