// SPDX-License-Identifier: Apache-2.0
#include "security/sealed_message.hpp"

#include <algorithm>
#include <vector>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "security/hpke.hpp"

namespace muster::security {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::size_t header_bytes = 4;
constexpr std::string_view hpke_info = "muster sealed message 1";
constexpr std::string_view export_label = "content key";
constexpr std::string_view signature_label = "muster sealed message signature 1\n";
constexpr std::string_view hint_label = "muster sealed message hint 1\n";
/// A content key seals one content only.
constexpr Nonce12 content_nonce{};

/// A sealed message taken apart. Views live as long as the octets.
struct Parts {
  std::uint16_t hint = 0;
  Key32 enc{};
  struct Wrap {
    Key32 enc{};
    BytesView wrapped_key;
  };
  std::vector<Wrap> further;
  BytesView head;  ///< all that is not encrypted, the associated data
  BytesView ciphertext;
};

Key32 take_key(ByteReader& reader) {
  Key32 key{};
  const BytesView octets = reader.raw(key.size());
  std::copy(octets.begin(), octets.end(), key.begin());
  return key;
}

std::optional<Parts> take_apart(BytesView sealed) {
  if (sealed.size() > sealed_message_bytes_max) return std::nullopt;
  ByteReader reader(sealed);
  Parts parts;
  const bool known = reader.u8() == format;
  const std::size_t wraps = reader.u8();
  if (!known || wraps == 0 || wraps > sealed_message_wraps_max) return std::nullopt;
  parts.hint = reader.u16();
  parts.enc = take_key(reader);
  for (std::size_t i = 1; i < wraps; ++i) {
    Parts::Wrap wrap;
    wrap.enc = take_key(reader);
    wrap.wrapped_key = reader.raw(sizeof(Key32) + aead_tag_bytes);
    parts.further.push_back(wrap);
  }
  parts.head = sealed.first(sealed.size() - reader.left());
  parts.ciphertext = reader.remainder();
  constexpr std::size_t least = CertificateRef::size + sizeof(Signature64) + aead_tag_bytes;
  if (reader.failed() || parts.ciphertext.size() < least) return std::nullopt;
  return parts;
}

/// Salted by the encapsulated key: messages to one recipient do not look alike.
std::uint16_t hint_of(const Key32& enc, std::string_view recipient) {
  ByteWriter text;
  const Digest32 digest =
      sha256(text.raw(as_bytes(hint_label)).raw(enc).raw(as_bytes(recipient)).view());
  return ByteReader{digest}.u16();
}

Secret32 content_key_of(const HpkeContext& context) {
  Bytes exported = context.export_secret(as_bytes(export_label), sizeof(Key32));
  Secret32 key;
  std::copy(exported.begin(), exported.end(), key.octets.begin());
  cleanse(exported);
  return key;
}

/// Nobody can pass it on as said by or to another, under other keys.
Bytes signed_octets(std::string_view sender, std::string_view recipient, BytesView head,
                    BytesView body) {
  ByteWriter text;
  text.raw(as_bytes(signature_label)).block16(as_bytes(sender)).block16(as_bytes(recipient));
  return text.block16(head).raw(body).take();
}

std::optional<HpkeSender> set_up(const Key32& prekey, ports::Random& random) {
  Secret32 ephemeral;
  random.fill(ephemeral.octets);
  return hpke_setup_sender(prekey, as_bytes(hpke_info), ephemeral.octets);
}

std::optional<Secret32> unwrap(const Parts& parts, const Parts::Wrap& wrap,
                               const Secret32& prekey) {
  const auto context = hpke_setup_receiver(wrap.enc, prekey.octets, as_bytes(hpke_info));
  if (!context) return std::nullopt;
  auto opened = context->open(0, parts.enc, wrap.wrapped_key);
  if (!opened || opened->size() != sizeof(Key32)) return std::nullopt;
  Secret32 key;
  std::copy(opened->begin(), opened->end(), key.octets.begin());
  cleanse(*opened);
  return key;
}

std::optional<Bytes> decrypt(const Parts& parts, const Secret32& prekey) {
  if (const auto context = hpke_setup_receiver(parts.enc, prekey.octets, as_bytes(hpke_info))) {
    const Secret32 key = content_key_of(*context);
    if (auto inside = aead_open(key.octets, content_nonce, parts.head, parts.ciphertext)) {
      return inside;
    }
  }
  for (const auto& wrap : parts.further) {
    const auto key = unwrap(parts, wrap, prekey);
    if (key) return aead_open(key->octets, content_nonce, parts.head, parts.ciphertext);
  }
  return std::nullopt;
}

}  // namespace

SealedMessageId sealed_message_id(BytesView sealed) {
  const Digest32 digest = sha256(sealed);
  return SealedMessageId::from(BytesView{digest}.first(SealedMessageId::size)).value();
}

std::string_view to_string(OpenMessageError error) {
  switch (error) {
    case OpenMessageError::malformed:
      return "the octets are no sealed message";
    case OpenMessageError::no_key:
      return "no prekey here opens the message";
    case OpenMessageError::unknown_sender:
      return "the sender's certificate is not known";
    case OpenMessageError::forged:
      return "the sender's signature is wrong";
  }
  return "unknown";
}

std::optional<Bytes> seal_message(const MessageSigner& sender, std::string_view recipient,
                                  std::span<const Key32> prekeys, BytesView body,
                                  ports::Random& random) {
  if (prekeys.empty() || prekeys.size() > sealed_message_wraps_max) return std::nullopt;
  const std::size_t size = sealed_message_overhead_bytes +
                           (prekeys.size() - 1) * sealed_message_wrap_bytes + body.size();
  if (size > sealed_message_bytes_max) return std::nullopt;
  const auto first = set_up(prekeys[0], random);
  if (!first) return std::nullopt;
  const Secret32 key = content_key_of(first->context);
  ByteWriter head;
  head.u8(format).u8(static_cast<std::uint8_t>(prekeys.size()));
  head.u16(hint_of(first->enc, recipient)).raw(first->enc);
  for (const Key32& prekey : prekeys.subspan(1)) {
    const auto further = set_up(prekey, random);
    if (!further) return std::nullopt;
    head.raw(further->enc).raw(further->context.seal(0, first->enc, key.octets));
  }
  const Signature64 signature = ed25519_sign(
      sender.ed25519_private.octets, signed_octets(sender.aor, recipient, head.view(), body));
  ByteWriter inside;
  inside.raw(sender.certificate.view()).raw(signature).raw(body);
  const Bytes ciphertext = aead_seal(key.octets, content_nonce, head.view(), inside.view());
  return head.raw(ciphertext).take();
}

bool may_be_for(BytesView sealed, std::string_view recipient) {
  const auto parts = take_apart(sealed);
  return parts && parts->hint == hint_of(parts->enc, recipient);
}

Result<OpenedMessage, OpenMessageError> open_message(BytesView sealed, std::string_view recipient,
                                                     std::span<const Secret32> prekeys,
                                                     const MessageSenders& senders) {
  const auto parts = take_apart(sealed);
  if (!parts) return tl::make_unexpected(OpenMessageError::malformed);
  std::optional<Bytes> inside;
  for (const Secret32& prekey : prekeys) {
    inside = decrypt(*parts, prekey);
    if (inside) break;
  }
  if (!inside) return tl::make_unexpected(OpenMessageError::no_key);
  ByteReader reader(*inside);
  const auto certificate = reader.id<CertificateRef>();
  const BytesView signature = reader.raw(sizeof(Signature64));
  const BytesView body = reader.remainder();
  const auto sender = senders.sender(certificate);
  if (!sender) return tl::make_unexpected(OpenMessageError::unknown_sender);
  if (!ed25519_verify(sender->ed25519, signed_octets(sender->aor, recipient, parts->head, body),
                      signature)) {
    return tl::make_unexpected(OpenMessageError::forged);
  }
  return OpenedMessage{sender->aor, to_bytes(body)};
}

}  // namespace muster::security
