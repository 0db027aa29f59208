// SPDX-License-Identifier: Apache-2.0
#include "security/session_wire.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::security {
namespace {

constexpr std::size_t mac_bytes = 16;

void put(ByteWriter& writer, const HandshakeNumber& number) {
  writer.u32(number.boot).u32(number.number);
}

HandshakeNumber take_number(ByteReader& reader) {
  HandshakeNumber number;
  number.boot = reader.u32();
  number.number = reader.u32();
  return number;
}

}  // namespace

HandshakeMac::HandshakeMac(const Key32& discovery_key) {
  Digest32 pseudo_random_key = hkdf_extract({}, discovery_key);
  Bytes output = hkdf_expand(pseudo_random_key, as_bytes("muster handshake mac 1"), 32);
  std::copy(output.begin(), output.end(), key_.octets.begin());
  cleanse(output);
  cleanse(pseudo_random_key);
}

Bytes HandshakeMac::seal(const HandshakeDatagram& datagram) const {
  ByteWriter writer;
  writer.u8(static_cast<std::uint8_t>(datagram.type)).u32(datagram.sender).u32(datagram.receiver);
  writer.raw(datagram.noise);
  const Digest32 mac = hmac_sha256(key_.octets, writer.view());
  return writer.raw(BytesView(mac).first(mac_bytes)).take();
}

std::optional<HandshakeDatagram> HandshakeMac::open(BytesView datagram) const {
  if (datagram.size() < overhead_bytes) return std::nullopt;
  const BytesView body = datagram.first(datagram.size() - mac_bytes);
  const Digest32 mac = hmac_sha256(key_.octets, body);
  if (!equal_in_constant_time(BytesView(mac).first(mac_bytes), datagram.last(mac_bytes))) {
    return std::nullopt;
  }
  ByteReader reader(body);
  const auto type = static_cast<DatagramType>(reader.u8());
  const std::uint32_t sender = reader.u32();
  const std::uint32_t receiver = reader.u32();
  return HandshakeDatagram{type, sender, receiver, reader.remainder()};
}

Bytes Introduction::encode() const {
  ByteWriter writer;
  put(writer, number);
  return writer.raw(certificate_der).take();
}

std::optional<Introduction> Introduction::decode(BytesView payload) {
  ByteReader reader(payload);
  Introduction introduction;
  introduction.number = take_number(reader);
  introduction.certificate_der = reader.remainder();
  if (reader.failed()) return std::nullopt;
  return introduction;
}

Bytes Reference::encode() const {
  ByteWriter writer;
  put(writer, number);
  return writer.raw(certificate.view()).take();
}

std::optional<Reference> Reference::decode(BytesView payload) {
  ByteReader reader(payload);
  Reference reference;
  reference.number = take_number(reader);
  reference.certificate = reader.id<CertificateHash>();
  if (!reader.finished()) return std::nullopt;
  return reference;
}

Bytes BootNotice::encode() const {
  ByteWriter writer;
  return writer.u32(boot).take();
}

std::optional<BootNotice> BootNotice::decode(BytesView payload) {
  ByteReader reader(payload);
  const BootNotice notice{reader.u32()};
  if (!reader.finished()) return std::nullopt;
  return notice;
}

}  // namespace muster::security
