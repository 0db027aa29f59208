// SPDX-License-Identifier: Apache-2.0
#include "core/base/link_address.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster {

LinkAddress LinkAddress::from_ip(const IpEndpoint& endpoint) {
  const BytesView octets = endpoint.address.octets;
  ByteWriter writer;
  writer.u8(endpoint.address.v6 ? 6 : 4)
      .raw(octets.first(endpoint.address.v6 ? 16 : 4))
      .u16(endpoint.port)
      .u32(endpoint.address.scope);
  return {writer.take()};
}

std::optional<IpEndpoint> LinkAddress::as_ip() const {
  ByteReader reader{octets};
  IpEndpoint endpoint;
  const std::uint8_t family = reader.u8();
  if (family != 4 && family != 6) return std::nullopt;
  endpoint.address.v6 = family == 6;
  const BytesView address = reader.raw(endpoint.address.v6 ? 16 : 4);
  std::copy(address.begin(), address.end(), endpoint.address.octets.begin());
  endpoint.port = reader.u16();
  endpoint.address.scope = reader.u32();
  if (!reader.finished()) return std::nullopt;
  return endpoint;
}

std::string LinkAddress::text() const {
  const auto endpoint = as_ip();
  return endpoint ? endpoint->text() : to_hex(octets);
}

}  // namespace muster
