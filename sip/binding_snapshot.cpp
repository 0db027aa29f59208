// SPDX-License-Identifier: Apache-2.0
#include "sip/binding_snapshot.hpp"

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::sip::snapshot {
namespace {

constexpr std::uint8_t format = 1;
/// Before anything that another node can have seen of a phone.
constexpr TimePoint long_ago{-std::chrono::hours{24 * 3650}};

void write(TimePoint now, ByteWriter& out, std::string_view aor, const Binding& binding) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(binding.expires - now);
  out.block16(as_bytes(aor))
      .block16(as_bytes(binding.contact.str()))
      .block16(as_bytes(binding.instance))
      .u16(static_cast<std::uint16_t>(binding.q))
      .block16(as_bytes(binding.call_id))
      .u32(binding.cseq)
      .block8(as_bytes(binding.source.endpoint.text()))
      .u32(binding.source.endpoint.address.scope)
      .u32(static_cast<std::uint32_t>(left.count()));
}

std::optional<Restored> read(TimePoint now, ByteReader& in) {
  Restored restored;
  restored.aor = as_text(in.block16());
  auto contact = Uri::parse(as_text(in.block16()));
  Binding& binding = restored.binding;
  binding.instance = as_text(in.block16());
  binding.q = in.u16();
  binding.call_id = as_text(in.block16());
  binding.cseq = in.u32();
  auto source = IpEndpoint::parse(as_text(in.block8()));
  const std::uint32_t scope = in.u32();
  binding.expires = now + std::chrono::seconds{in.u32()};
  binding.registered_at = long_ago;
  if (in.failed() || !contact || !source) return std::nullopt;
  binding.contact = *std::move(contact);
  source->address.scope = scope;
  binding.source = *source;
  return restored;
}

}  // namespace

Bytes encode(TimePoint now, const LocationTable::Bindings& all) {
  ByteWriter bindings;
  std::uint16_t count = 0;
  for (const auto& [aor, of_user] : all) {
    for (const Binding& binding : of_user) {
      const bool lasts = binding.source.transport == PhoneTransport::udp && binding.expires > now;
      if (!lasts || count == bindings_max) continue;
      write(now, bindings, aor, binding);
      ++count;
    }
  }
  return ByteWriter{}.u8(format).u16(count).raw(bindings.view()).take();
}

std::optional<std::vector<Restored>> decode(TimePoint now, BytesView bytes) {
  ByteReader in{bytes};
  if (in.u8() != format) return std::nullopt;
  const std::size_t count = in.u16();
  if (count > bindings_max) return std::nullopt;
  std::vector<Restored> all;
  for (std::size_t i = 0; i < count; ++i) {
    auto restored = read(now, in);
    if (!restored) return std::nullopt;
    all.push_back(*std::move(restored));
  }
  if (!in.finished()) return std::nullopt;
  return all;
}

}  // namespace muster::sip::snapshot
