// SPDX-License-Identifier: Apache-2.0
#include "security/certificate_extensions.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "security/identity_names.hpp"

namespace muster::security {
namespace {

// Tags of X.690.
constexpr std::uint8_t tag_octet_string = 0x04;
constexpr std::uint8_t tag_null = 0x05;
constexpr std::uint8_t tag_utf8_string = 0x0c;
constexpr std::uint8_t tag_sequence = 0x30;

/// Tag, definite length in its shortest form (X.690 10.1), contents.
void put(ByteWriter& to, std::uint8_t tag, BytesView contents) {
  to.u8(tag);
  if (contents.size() >= 0x100) {
    to.u8(0x82).u16(static_cast<std::uint16_t>(contents.size()));
  } else if (contents.size() >= 0x80) {
    to.u8(0x81).u8(static_cast<std::uint8_t>(contents.size()));
  } else {
    to.u8(static_cast<std::uint8_t>(contents.size()));
  }
  to.raw(contents);
}

/// The contents of the next element if it has this tag. Long forms that are not the shortest pass
/// here and are caught by comparing with the encoder.
std::optional<BytesView> take(ByteReader& from, std::uint8_t tag) {
  if (from.u8() != tag) return std::nullopt;
  std::size_t size = from.u8();
  if (size == 0x81) {
    size = from.u8();
  } else if (size == 0x82) {
    size = from.u16();
  } else if (size >= 0x80) {
    return std::nullopt;
  }
  const BytesView contents = from.raw(size);
  if (from.failed()) return std::nullopt;
  return contents;
}

std::optional<Key32> as_key(BytesView octets) {
  Key32 key{};
  if (octets.size() != key.size()) return std::nullopt;
  std::copy(octets.begin(), octets.end(), key.begin());
  return key;
}

std::optional<HomesExtension> decode_home_names(BytesView contents) {
  HomesExtension homes;
  ByteReader names{contents};
  while (names.left() > 0) {
    const auto octets = take(names, tag_utf8_string);
    if (!octets || homes.nodes.size() == homes_max) return std::nullopt;
    const auto name = node_name(as_text(*octets));
    if (!name) return std::nullopt;
    homes.nodes.push_back(*name);
  }
  if (homes.nodes.empty()) return std::nullopt;
  return homes;
}

}  // namespace

Bytes encode_node_extension(const NodeExtension& node) {
  ByteWriter fields;
  put(fields, tag_octet_string, node.id.view());
  put(fields, tag_octet_string, node.x25519);
  ByteWriter out;
  put(out, tag_sequence, fields.view());
  return out.take();
}

Bytes encode_homes_extension(const HomesExtension& homes) {
  ByteWriter out;
  if (homes.all) {
    put(out, tag_null, {});
    return out.take();
  }
  ByteWriter names;
  for (const auto& node : homes.nodes) put(names, tag_utf8_string, as_bytes(node));
  put(out, tag_sequence, names.view());
  return out.take();
}

std::optional<NodeExtension> decode_node_extension(BytesView der) {
  ByteReader outer{der};
  const auto contents = take(outer, tag_sequence);
  if (!contents) return std::nullopt;
  ByteReader fields{*contents};
  const auto id = take(fields, tag_octet_string);
  const auto x25519 = take(fields, tag_octet_string);
  if (!id || !x25519) return std::nullopt;
  const auto node_id = NodeId::from(*id);
  const auto key = as_key(*x25519);
  if (!node_id || !key) return std::nullopt;
  const NodeExtension node{*node_id, *key};
  if (!std::ranges::equal(encode_node_extension(node), der)) return std::nullopt;
  return node;
}

std::optional<HomesExtension> decode_homes_extension(BytesView der) {
  ByteReader outer{der};
  std::optional<HomesExtension> homes;
  if (!der.empty() && der.front() == tag_null) {
    homes = HomesExtension{.all = true, .nodes = {}};
  } else if (const auto contents = take(outer, tag_sequence)) {
    homes = decode_home_names(*contents);
  }
  if (!homes || !std::ranges::equal(encode_homes_extension(*homes), der)) return std::nullopt;
  return homes;
}

}  // namespace muster::security
