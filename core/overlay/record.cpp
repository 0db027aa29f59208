// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/record.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::overlay {
namespace {

constexpr std::uint8_t flag_deleted = 0x01;
constexpr std::string_view signature_label = "muster directory record 1\n";

bool sound_resource(std::string_view resource) {
  if (resource.empty() || resource.size() > Record::resource_bytes_max) return false;
  return std::none_of(resource.begin(), resource.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

std::string_view to_string(RecordError error) {
  switch (error) {
    case RecordError::truncated:
      return "the record ends before its last field";
    case RecordError::unknown_format:
      return "the record's format is not one this version reads";
    case RecordError::unknown_flags:
      return "the record has flags this version does not know";
    case RecordError::bad_resource:
      return "the resource name is empty, too long or holds control characters";
    case RecordError::bad_lifetime:
      return "the lifetime is zero";
    case RecordError::value_too_large:
      return "the value is larger than 4096 octets";
    case RecordError::value_in_deleted:
      return "a deleted record must not have a value";
    case RecordError::trailing_octets:
      return "octets follow the record's last field";
    case RecordError::bad_signature_size:
      return "the signature is not 64 octets";
  }
  return "the record cannot be read";
}

Bytes RecordKey::encode() const {
  ByteWriter out;
  out.u16(static_cast<std::uint16_t>(kind)).raw(writer.view()).raw(as_bytes(resource));
  return out.take();
}

std::optional<RecordKey> RecordKey::decode(BytesView bytes) {
  ByteReader in(bytes);
  RecordKey key;
  key.kind = static_cast<Kind>(in.u16());
  key.writer = in.id<NodeId>();
  key.resource = as_text(in.remainder());
  if (in.failed() || !sound_resource(key.resource)) return std::nullopt;
  return key;
}

std::optional<Bytes> Record::encode_body(const Content& content) {
  const auto lifetime = content.lifetime.count();
  if (!sound_resource(content.key.resource) || content.value.size() > value_bytes_max ||
      lifetime < 1 || lifetime > 0xffffffff || (content.deleted && !content.value.empty())) {
    return std::nullopt;
  }
  ByteWriter out;
  out.u8(format).u8(content.deleted ? flag_deleted : 0);
  out.u16(static_cast<std::uint16_t>(content.key.kind)).raw(content.key.writer.view());
  out.u32(content.version.epoch).u32(content.version.sequence);
  out.u32(static_cast<std::uint32_t>(lifetime));
  out.block8(as_bytes(content.key.resource)).block16(content.value);
  return out.take();
}

Bytes Record::signed_text(BytesView body) {
  Bytes text = to_bytes(signature_label);
  append(text, body);
  return text;
}

Result<Record, RecordError> Record::parse(BytesView body, BytesView signature) {
  const auto refuse = [](RecordError error) { return tl::make_unexpected(error); };
  if (signature.size() != signature_bytes) return refuse(RecordError::bad_signature_size);
  ByteReader in(body);
  const auto read_format = in.u8();
  const auto flags = in.u8();
  Record record;
  record.key_.kind = static_cast<Kind>(in.u16());
  record.key_.writer = in.id<NodeId>();
  record.version_.epoch = in.u32();
  record.version_.sequence = in.u32();
  record.lifetime_ = std::chrono::seconds{in.u32()};
  record.key_.resource = as_text(in.block8());
  const BytesView value = in.block16();
  if (!body.empty() && read_format != format) return refuse(RecordError::unknown_format);
  if (in.failed()) return refuse(RecordError::truncated);
  if (in.left() != 0) return refuse(RecordError::trailing_octets);
  if ((flags & ~flag_deleted) != 0) return refuse(RecordError::unknown_flags);
  record.deleted_ = (flags & flag_deleted) != 0;
  if (!sound_resource(record.key_.resource)) return refuse(RecordError::bad_resource);
  if (record.lifetime_.count() == 0) return refuse(RecordError::bad_lifetime);
  if (value.size() > value_bytes_max) return refuse(RecordError::value_too_large);
  if (record.deleted_ && !value.empty()) return refuse(RecordError::value_in_deleted);
  record.value_offset_ = body.size() - value.size();
  record.octets_ = SharedBytes(body, signature);
  return record;
}

}  // namespace muster::overlay
