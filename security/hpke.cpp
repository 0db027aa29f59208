// SPDX-License-Identifier: Apache-2.0
#include "security/hpke.hpp"

#include <algorithm>

#include "core/base/byte_writer.hpp"

namespace muster::security {
namespace {

constexpr std::uint16_t kem_id = 0x0020;
constexpr std::uint16_t kdf_id = 0x0001;
constexpr std::uint16_t aead_id = 0x0003;

Bytes kem_suite() {
  ByteWriter suite;
  return suite.raw(as_bytes("KEM")).u16(kem_id).take();
}

Bytes hpke_suite() {
  ByteWriter suite;
  return suite.raw(as_bytes("HPKE")).u16(kem_id).u16(kdf_id).u16(aead_id).take();
}

Digest32 labeled_extract(BytesView suite, BytesView salt, std::string_view label,
                         BytesView input_key_material) {
  ByteWriter labeled;
  labeled.raw(as_bytes("HPKE-v1")).raw(suite).raw(as_bytes(label)).raw(input_key_material);
  return hkdf_extract(salt, labeled.view());
}

Bytes labeled_expand(BytesView suite, BytesView pseudo_random_key, std::string_view label,
                     BytesView info, std::size_t size) {
  ByteWriter labeled;
  labeled.u16(static_cast<std::uint16_t>(size)).raw(as_bytes("HPKE-v1")).raw(suite);
  labeled.raw(as_bytes(label)).raw(info);
  return hkdf_expand(pseudo_random_key, labeled.view(), size);
}

template <typename Array>
void take(Array& into, Bytes octets) {
  std::copy_n(octets.begin(), into.size(), into.begin());
  cleanse(octets);
}

/// ExtractAndExpand of DHKEM, section 4.1.
Key32 kem_shared_secret(BytesView dh, BytesView kem_context) {
  const Bytes suite = kem_suite();
  Digest32 pseudo_random_key = labeled_extract(suite, {}, "eae_prk", dh);
  Key32 shared{};
  take(shared, labeled_expand(suite, pseudo_random_key, "shared_secret", kem_context, 32));
  cleanse(pseudo_random_key);
  return shared;
}

Key32 kem_shared_secret(const Key32& dh, const Key32& enc, const Key32& recipient) {
  ByteWriter kem_context;
  kem_context.raw(enc).raw(recipient);
  return kem_shared_secret(BytesView{dh}, kem_context.view());
}

/// Of AuthEncap and AuthDecap, section 4.1: `ephemeral` and `lasting` are the two exchanges.
std::optional<Key32> auth_shared_secret(const std::optional<Key32>& ephemeral,
                                        const std::optional<Key32>& lasting, const Key32& enc,
                                        const Key32& recipient, const Key32& sender) {
  if (!ephemeral || !lasting) return std::nullopt;
  Bytes dh = to_bytes(BytesView{*ephemeral});
  append(dh, *lasting);
  ByteWriter kem_context;
  kem_context.raw(enc).raw(recipient).raw(sender);
  const Key32 shared = kem_shared_secret(BytesView{dh}, kem_context.view());
  cleanse(dh);
  return shared;
}

}  // namespace

/// KeySchedule of section 5.1 without a pre-shared key.
HpkeContext::HpkeContext(const Key32& shared_secret, BytesView info, Mode mode) {
  const Bytes suite = hpke_suite();
  ByteWriter schedule;
  schedule.u8(static_cast<std::uint8_t>(mode)).raw(labeled_extract(suite, {}, "psk_id_hash", {}));
  schedule.raw(labeled_extract(suite, {}, "info_hash", info));
  const Secret32 secret{labeled_extract(suite, shared_secret, "secret", {})};
  const BytesView context = schedule.view();
  take(key_.octets, labeled_expand(suite, secret.octets, "key", context, 32));
  take(base_nonce_, labeled_expand(suite, secret.octets, "base_nonce", context, 12));
  take(exporter_secret_.octets, labeled_expand(suite, secret.octets, "exp", context, 32));
}

Nonce12 HpkeContext::nonce(std::uint64_t sequence) const {
  Nonce12 nonce = base_nonce_;
  for (unsigned i = 0; i < 8; ++i) nonce[11 - i] ^= static_cast<std::uint8_t>(sequence >> (8 * i));
  return nonce;
}

Bytes HpkeContext::seal(std::uint64_t sequence, BytesView associated, BytesView plaintext) const {
  return aead_seal(key_.octets, nonce(sequence), associated, plaintext);
}

std::optional<Bytes> HpkeContext::open(std::uint64_t sequence, BytesView associated,
                                       BytesView ciphertext) const {
  return aead_open(key_.octets, nonce(sequence), associated, ciphertext);
}

Bytes HpkeContext::export_secret(BytesView exporter_context, std::size_t size) const {
  return labeled_expand(hpke_suite(), exporter_secret_.octets, "sec", exporter_context, size);
}

std::optional<HpkeSender> hpke_setup_sender(const Key32& recipient, BytesView info,
                                            const Key32& ephemeral_private) {
  const auto dh = x25519(ephemeral_private, recipient);
  if (!dh) return std::nullopt;
  const Key32 enc = x25519_public(ephemeral_private);
  const Secret32 shared{kem_shared_secret(Secret32{*dh}.octets, enc, recipient)};
  return HpkeSender{enc, HpkeContext(shared.octets, info)};
}

std::optional<HpkeContext> hpke_setup_receiver(const Key32& enc, const Key32& recipient_private,
                                               BytesView info) {
  const auto dh = x25519(recipient_private, enc);
  if (!dh) return std::nullopt;
  const Secret32 shared{
      kem_shared_secret(Secret32{*dh}.octets, enc, x25519_public(recipient_private))};
  return HpkeContext(shared.octets, info);
}

std::optional<HpkeSender> hpke_setup_auth_sender(const Key32& recipient, BytesView info,
                                                 const Key32& ephemeral_private,
                                                 const Key32& sender_private) {
  const Key32 enc = x25519_public(ephemeral_private);
  const auto shared =
      auth_shared_secret(x25519(ephemeral_private, recipient), x25519(sender_private, recipient),
                         enc, recipient, x25519_public(sender_private));
  if (!shared) return std::nullopt;
  return HpkeSender{enc, HpkeContext(Secret32{*shared}.octets, info, HpkeContext::Mode::auth)};
}

std::optional<HpkeContext> hpke_setup_auth_receiver(const Key32& enc,
                                                    const Key32& recipient_private, BytesView info,
                                                    const Key32& sender) {
  const auto shared =
      auth_shared_secret(x25519(recipient_private, enc), x25519(recipient_private, sender), enc,
                         x25519_public(recipient_private), sender);
  if (!shared) return std::nullopt;
  return HpkeContext(Secret32{*shared}.octets, info, HpkeContext::Mode::auth);
}

Key32 hpke_derive_private_key(BytesView input_key_material) {
  const Bytes suite = kem_suite();
  Digest32 pseudo_random_key = labeled_extract(suite, {}, "dkp_prk", input_key_material);
  Key32 key{};
  take(key, labeled_expand(suite, pseudo_random_key, "sk", {}, 32));
  cleanse(pseudo_random_key);
  return key;
}

}  // namespace muster::security
