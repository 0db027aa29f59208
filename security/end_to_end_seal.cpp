// SPDX-License-Identifier: Apache-2.0
// How EndToEnd seals.
#include <algorithm>
#include <utility>

#include "core/base/byte_writer.hpp"
#include "security/end_to_end.hpp"

namespace muster::security {
namespace {

constexpr std::uint64_t first_form_sequence_max = 0xffff;
constexpr std::uint64_t later_form_sequence_max = 0xffffffff;

}  // namespace

Result<Bytes, SealError> EndToEnd::seal(TimePoint now, const NodeId& to, BytesView plaintext) {
  if (plaintext.size() > limits_.plaintext_bytes_max) {
    return tl::make_unexpected(SealError::too_large);
  }
  return seal_contents(now, to, false, plaintext);
}

Result<Bytes, SealError> EndToEnd::seal_contents(TimePoint now, const NodeId& to, bool control,
                                                 BytesView body) {
  const auto prekey = prekey_of(to);
  if (!prekey) return tl::make_unexpected(SealError::no_prekey);
  Correspondent& peer = correspondent(now, to);
  if (!peer.sending || !usable(now, *peer.sending, *prekey)) {
    peer.sending = make_context(now, to, *prekey);
    if (!peer.sending) return tl::make_unexpected(SealError::no_prekey);
  }
  const EndToEndContents contents{std::exchange(peer.to_show, std::nullopt), body};
  const EndToEndFlags flags{contents.shown.has_value(), control};
  return peer.sending->shown ? seal_later(*peer.sending, flags, contents.encode())
                             : seal_first(to, *peer.sending, flags, contents.encode());
}

std::optional<Prekey> EndToEnd::prekey_of(const NodeId& node) const {
  const auto published = peers_.prekey(node);
  const auto found = correspondents_.find(node);
  if (found == correspondents_.end() || !found->second.told_prekey) return published;
  const bool overtaken = published && published->id != found->second.refused_prekey;
  return overtaken ? published : found->second.told_prekey;
}

bool EndToEnd::usable(TimePoint now, const Sending& sending, const Prekey& prekey) const {
  return sending.prekey_id == prekey.id && now < sending.born + limits_.context_life &&
         sending.next_sequence <=
             (sending.shown ? later_form_sequence_max : first_form_sequence_max);
}

std::optional<EndToEnd::Sending> EndToEnd::make_context(TimePoint now, const NodeId& to,
                                                        const Prekey& prekey) {
  Secret32 ephemeral;
  random_.fill(ephemeral.octets);
  const BytesView info = as_bytes("muster end-to-end 1");
  const bool brief = certificate_key_ && peers_.is_brief(to);
  auto hpke = brief ? hpke_setup_auth_sender(prekey.public_key, info, ephemeral.octets,
                                             certificate_key_->private_key.octets)
                    : hpke_setup_sender(prekey.public_key, info, ephemeral.octets);
  if (!hpke) return std::nullopt;
  Sending sending{.hpke = std::move(*hpke)};
  sending.id = end_to_end_context_id(sending.hpke.enc);
  sending.prekey_id = prekey.id;
  sending.born = now;
  sending.brief = brief;
  return sending;
}

Bytes EndToEnd::seal_first(const NodeId& to, Sending& sending, EndToEndFlags flags,
                           BytesView contents) {
  ++counters_.sealed_first;
  const FirstForm form{flags, static_cast<std::uint8_t>(sending.prekey_id),
                       static_cast<std::uint16_t>(sending.next_sequence++), sending.hpke.enc,
                       sending.brief};
  Bytes sealed = form.encode_header();
  if (sending.brief) {
    append(sealed, sending.hpke.context.seal(form.sequence, sealed, contents));
    return sealed;
  }
  const Signature64 signature =
      ed25519_sign(signing_key_.octets, FirstForm::signed_octets(self_, to, sealed, contents));
  ByteWriter inside;
  inside.raw(self_.view()).raw(signature).raw(contents);
  append(sealed, sending.hpke.context.seal(form.sequence, sealed, inside.view()));
  return sealed;
}

Bytes EndToEnd::seal_later(Sending& sending, EndToEndFlags flags, BytesView contents) {
  ++counters_.sealed_later;
  const LaterForm form{flags, sending.id, static_cast<std::uint32_t>(sending.next_sequence++)};
  Bytes sealed = form.encode_header();
  append(sealed, sending.hpke.context.seal(form.sequence, sealed, contents));
  return sealed;
}

}  // namespace muster::security
