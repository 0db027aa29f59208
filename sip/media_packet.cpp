// SPDX-License-Identifier: Apache-2.0
#include "sip/media_packet.hpp"

#include <array>
#include <cassert>
#include <cstdlib>

#include <openssl/evp.h>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::sip {
namespace {

// The octet after the key.
constexpr std::uint8_t rtcp_bit = 0x80;
constexpr std::uint8_t towards_callee_bit = 0x40;
constexpr std::uint8_t stream_mask = 0x3f;

}  // namespace

MediaKey media_key(std::string_view call_id) {
  std::array<std::uint8_t, 32> hash{};
  unsigned size = 0;
  if (EVP_Digest(call_id.data(), call_id.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1) {
    std::abort();
  }
  return *MediaKey::from(BytesView{hash}.first(MediaKey::size));
}

std::optional<MediaPacket> MediaPacket::parse(BytesView bytes) {
  ByteReader reader(bytes);
  MediaPacket packet;
  packet.key = reader.id<MediaKey>();
  const std::uint8_t flags = reader.u8();
  packet.payload = reader.remainder();
  if (reader.failed() || packet.payload.empty()) return std::nullopt;
  packet.rtcp = flags & rtcp_bit;
  packet.towards = flags & towards_callee_bit ? Leg::callee : Leg::caller;
  packet.stream = flags & stream_mask;
  return packet;
}

Bytes MediaPacket::serialise() const {
  assert(stream < streams_max);
  const int flags =
      stream | (rtcp ? rtcp_bit : 0) | (towards == Leg::callee ? towards_callee_bit : 0);
  return ByteWriter{}.raw(key.view()).u8(static_cast<std::uint8_t>(flags)).raw(payload).take();
}

}  // namespace muster::sip
