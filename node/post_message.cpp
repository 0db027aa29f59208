// SPDX-License-Identifier: Apache-2.0
#include "node/post_message.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "node/overload.hpp"

namespace muster::node {
namespace {

enum class Kind : std::uint8_t {
  posted = 1,
  receipt = 2,
  seal_again = 3,
  not_now = 4,
  sign_prekey = 5,
  prekey_signed = 6,
  brief_text = 7,
  brief_whole = 8,
  brief_receipt = 9,
  briefer_text = 14,     ///< one octet of each hint
  briefer_receipt = 15,  ///< shown, with 200
};
constexpr std::uint16_t status_ok = 200;

template <std::size_t N>
void take(ByteReader& reader, std::array<std::uint8_t, N>& into) {
  const BytesView octets = reader.raw(N);
  std::copy(octets.begin(), octets.end(), into.begin());
}

void take(ByteReader& reader, security::Prekey& into) {
  into.id = reader.u32();
  take(reader, into.public_key);
}

/// Nothing if its length breaks a limit.
std::optional<std::string> take_aor(ByteReader& reader) {
  const BytesView octets = reader.remainder();
  if (octets.empty() || octets.size() > post_aor_bytes_max) return std::nullopt;
  return std::string{as_text(octets)};
}

std::optional<PostMessage> read_sign_prekey(ByteReader& reader) {
  SignPrekey request;
  take(reader, request.prekey);
  auto aor = take_aor(reader);
  if (!aor) return std::nullopt;
  request.aor = std::move(*aor);
  return request;
}

std::optional<PostMessage> read_prekey_signed(ByteReader& reader) {
  PrekeySigned answer;
  take(reader, answer.signed_prekey.prekey);
  take(reader, answer.signed_prekey.user_signature);
  auto aor = take_aor(reader);
  if (!aor) return std::nullopt;
  answer.aor = std::move(*aor);
  return answer;
}

BriefMessage read_brief(ByteReader& reader, bool whole, std::size_t hint_bytes) {
  BriefMessage message;
  message.identity = reader.id<MessageIdentity>();
  for (UserHint* hint : {&message.sender, &message.recipient}) {
    const BytesView octets = reader.raw(hint_bytes);
    std::copy(octets.begin(), octets.end(), hint->octets.begin());
  }
  message.hint_bytes = hint_bytes;
  message.whole = whole;
  message.content = reader.remainder();
  return message;
}

/// The status has the two lowest bits of the first octet to spare: it is below 1024.
constexpr unsigned result_shift = 10;
constexpr std::uint16_t status_mask = (1 << result_shift) - 1;

std::optional<PostMessage> read_brief_receipt(ByteReader& reader) {
  BriefReceipt receipt;
  receipt.name = reader.id<BriefReceipt::Name>();
  const std::uint16_t said = reader.u16();
  const unsigned result = said >> result_shift;
  if (result > static_cast<unsigned>(BriefReceipt::Result::not_now)) return std::nullopt;
  receipt.result = static_cast<BriefReceipt::Result>(result);
  receipt.status = said & status_mask;
  return receipt;
}

ByteWriter begin(Kind kind) {
  ByteWriter writer;
  writer.u8(static_cast<std::uint8_t>(kind));
  return writer;
}

}  // namespace

Bytes Receipt::signed_octets(std::string_view sender, std::string_view recipient,
                             const MessageIdentity& identity, std::uint16_t status) {
  ByteWriter text;
  text.raw(as_bytes("muster message receipt 1\n")).block16(as_bytes(sender));
  return text.block16(as_bytes(recipient)).raw(identity.view()).u16(status).take();
}

Bytes SealAgain::signed_octets(std::string_view recipient, const NodeId& node,
                               const security::SealedMessageId& message,
                               const security::Prekey& prekey) {
  ByteWriter text;
  text.raw(as_bytes("muster seal again 1\n")).block16(as_bytes(recipient)).raw(node.view());
  return text.raw(message.view()).u32(prekey.id).raw(prekey.public_key).take();
}

BriefReceipt::Name brief_name(const MessageIdentity& identity) {
  return BriefReceipt::Name::from(identity.view().first(BriefReceipt::Name::size)).value();
}

bool is_post_message(BytesView bytes) {
  if (bytes.empty()) return false;
  const auto kind = static_cast<Kind>(bytes[0]);
  return (kind >= Kind::posted && kind <= Kind::brief_receipt) || kind == Kind::briefer_text ||
         kind == Kind::briefer_receipt;
}

Bytes encode(const PostMessage& message) {
  return std::visit(
      Overload{
          [](const PostedMessage& said) { return begin(Kind::posted).raw(said.sealed).take(); },
          [](const Receipt& said) {
            return begin(Kind::receipt)
                .raw(said.identity.view())
                .u16(said.status)
                .raw(said.signature)
                .take();
          },
          [](const SealAgain& said) {
            return begin(Kind::seal_again)
                .raw(said.message.view())
                .u32(said.prekey.id)
                .raw(said.prekey.public_key)
                .raw(said.signature)
                .take();
          },
          [](const NotNow& said) {
            return begin(Kind::not_now).raw(said.message.view()).u16(said.status).take();
          },
          [](const SignPrekey& said) {
            return begin(Kind::sign_prekey)
                .u32(said.prekey.id)
                .raw(said.prekey.public_key)
                .raw(as_bytes(said.aor))
                .take();
          },
          [](const PrekeySigned& said) {
            return begin(Kind::prekey_signed)
                .u32(said.signed_prekey.prekey.id)
                .raw(said.signed_prekey.prekey.public_key)
                .raw(said.signed_prekey.user_signature)
                .raw(as_bytes(said.aor))
                .take();
          },
          [](const BriefMessage& said) {
            const bool briefer = !said.whole && said.hint_bytes == 1;
            const std::size_t octets = briefer ? 1 : UserHint::size;
            return begin(said.whole ? Kind::brief_whole
                         : briefer  ? Kind::briefer_text
                                    : Kind::brief_text)
                .raw(said.identity.view())
                .raw(said.sender.view().first(octets))
                .raw(said.recipient.view().first(octets))
                .raw(said.content)
                .take();
          },
          [](const BriefReceipt& said) {
            if (said.result == BriefReceipt::Result::delivered && said.status == status_ok)
              return begin(Kind::briefer_receipt).raw(said.name.view()).take();
            const auto result = static_cast<unsigned>(said.result) << result_shift;
            return begin(Kind::brief_receipt)
                .raw(said.name.view())
                .u16(static_cast<std::uint16_t>(result | (said.status & status_mask)))
                .take();
          },
      },
      message);
}

std::optional<PostMessage> decode_post_message(BytesView bytes) {
  ByteReader reader(bytes);
  std::optional<PostMessage> decoded;
  switch (static_cast<Kind>(reader.u8())) {
    case Kind::posted:
      decoded = PostedMessage{reader.remainder()};
      break;
    case Kind::receipt: {
      Receipt receipt;
      receipt.identity = reader.id<MessageIdentity>();
      receipt.status = reader.u16();
      take(reader, receipt.signature);
      decoded = receipt;
      break;
    }
    case Kind::seal_again: {
      SealAgain again;
      again.message = reader.id<security::SealedMessageId>();
      take(reader, again.prekey);
      take(reader, again.signature);
      decoded = again;
      break;
    }
    case Kind::not_now: {
      NotNow not_now;
      not_now.message = reader.id<security::SealedMessageId>();
      not_now.status = reader.u16();
      decoded = not_now;
      break;
    }
    case Kind::sign_prekey:
      decoded = read_sign_prekey(reader);
      break;
    case Kind::prekey_signed:
      decoded = read_prekey_signed(reader);
      break;
    case Kind::brief_text:
      decoded = read_brief(reader, false, UserHint::size);
      break;
    case Kind::briefer_text:
      decoded = read_brief(reader, false, 1);
      break;
    case Kind::briefer_receipt:
      decoded =
          BriefReceipt{reader.id<BriefReceipt::Name>(), BriefReceipt::Result::delivered, status_ok};
      break;
    case Kind::brief_whole:
      decoded = read_brief(reader, true, UserHint::size);
      break;
    case Kind::brief_receipt:
      decoded = read_brief_receipt(reader);
      break;
  }
  if (!reader.finished()) return std::nullopt;
  return decoded;
}

}  // namespace muster::node
