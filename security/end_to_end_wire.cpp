// SPDX-License-Identifier: Apache-2.0
#include "security/end_to_end_wire.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::security {
namespace {

constexpr std::uint8_t first_form = 0x01;
constexpr std::uint8_t later_form = 0x02;
constexpr std::uint8_t brief_first_form = 0x03;
constexpr std::uint8_t shows_context_flag = 0x40;
constexpr std::uint8_t control_flag = 0x80;

std::uint8_t kind_octet(std::uint8_t form, EndToEndFlags flags) {
  return static_cast<std::uint8_t>(form | (flags.shows_context ? shows_context_flag : 0) |
                                   (flags.control ? control_flag : 0));
}

EndToEndFlags flags_of(std::uint8_t octet) {
  return {(octet & shows_context_flag) != 0, (octet & control_flag) != 0};
}

Key32 take_key(ByteReader& reader) {
  Key32 key{};
  const BytesView octets = reader.raw(key.size());
  std::copy(octets.begin(), octets.end(), key.begin());
  return key;
}

}  // namespace

EndToEndContextId end_to_end_context_id(const Key32& enc) {
  const Digest32 digest = sha256(enc);
  return EndToEndContextId::from(BytesView(digest).first(EndToEndContextId::size)).value();
}

EndToEndForm end_to_end_form(BytesView sealed) {
  if (sealed.empty()) return EndToEndForm::neither;
  switch (sealed[0] & ~(shows_context_flag | control_flag)) {
    case first_form:
      return EndToEndForm::first;
    case later_form:
      return EndToEndForm::later;
    case brief_first_form:
      return EndToEndForm::brief_first;
    default:
      return EndToEndForm::neither;
  }
}

Bytes EndToEndContents::encode() const {
  ByteWriter writer;
  if (shown) writer.raw(shown->view());
  return writer.raw(body).take();
}

std::optional<EndToEndContents> EndToEndContents::decode(EndToEndFlags flags, BytesView contents) {
  ByteReader reader(contents);
  EndToEndContents decoded;
  if (flags.shows_context) decoded.shown = reader.id<EndToEndContextId>();
  decoded.body = reader.remainder();
  if (reader.failed()) return std::nullopt;
  return decoded;
}

Bytes FirstForm::encode_header() const {
  ByteWriter writer;
  return writer.u8(kind_octet(brief ? brief_first_form : first_form, flags))
      .u8(prekey_low)
      .u16(sequence)
      .raw(enc)
      .take();
}

std::optional<FirstForm> FirstForm::decode_header(BytesView sealed) {
  FirstForm form;
  form.brief = end_to_end_form(sealed) == EndToEndForm::brief_first;
  if (!form.brief && end_to_end_form(sealed) != EndToEndForm::first) return std::nullopt;
  if (sealed.size() < (form.brief ? brief_overhead_bytes : overhead_bytes)) return std::nullopt;
  ByteReader reader(sealed);
  form.flags = flags_of(reader.u8());
  form.prekey_low = reader.u8();
  form.sequence = reader.u16();
  form.enc = take_key(reader);
  return form;
}

Bytes FirstForm::signed_octets(const NodeId& sender, const NodeId& recipient, BytesView header,
                               BytesView contents) {
  ByteWriter writer;
  writer.raw(as_bytes("muster end-to-end 1")).raw(sender.view()).raw(recipient.view());
  return writer.raw(header).raw(contents).take();
}

Bytes LaterForm::encode_header() const {
  ByteWriter writer;
  return writer.u8(kind_octet(later_form, flags)).raw(context.view()).u32(sequence).take();
}

std::optional<LaterForm> LaterForm::decode_header(BytesView sealed) {
  if (end_to_end_form(sealed) != EndToEndForm::later) return std::nullopt;
  if (sealed.size() < overhead_bytes) return std::nullopt;
  ByteReader reader(sealed);
  LaterForm form;
  form.flags = flags_of(reader.u8());
  form.context = reader.id<EndToEndContextId>();
  form.sequence = reader.u32();
  return form;
}

Bytes EndToEndControl::encode() const {
  ByteWriter writer;
  writer.u8(static_cast<std::uint8_t>(kind));
  if (kind == Kind::cannot_open) {
    writer.raw(context.view()).u32(prekey.id).raw(prekey.public_key);
  }
  return writer.take();
}

std::optional<EndToEndControl> EndToEndControl::decode(BytesView body) {
  ByteReader reader(body);
  EndToEndControl control;
  control.kind = static_cast<Kind>(reader.u8());
  if (control.kind == Kind::cannot_open) {
    control.context = reader.id<EndToEndContextId>();
    control.prekey.id = reader.u32();
    control.prekey.public_key = take_key(reader);
  } else if (control.kind != Kind::show_context) {
    return std::nullopt;
  }
  if (!reader.finished()) return std::nullopt;
  return control;
}

}  // namespace muster::security
