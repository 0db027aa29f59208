// SPDX-License-Identifier: Apache-2.0
// How EndToEnd opens.
#include <algorithm>
#include <utility>

#include "core/base/byte_reader.hpp"
#include "security/end_to_end.hpp"

namespace muster::security {
namespace {

tl::unexpected<OpenError> refuse(OpenError error) { return tl::make_unexpected(error); }

}  // namespace

Result<EndToEnd::Opened, OpenError> EndToEnd::open(TimePoint now, BytesView sealed,
                                                   std::optional<NodeId> source) {
  Result<Opened, OpenError> opened = refuse(OpenError::malformed);
  switch (end_to_end_form(sealed)) {
    case EndToEndForm::first:
      opened = open_first(now, sealed, source);
      break;
    case EndToEndForm::brief_first:
      opened = open_brief_first(now, sealed, source);
      break;
    case EndToEndForm::later:
      opened = open_later(now, sealed, source);
      break;
    case EndToEndForm::neither:
      break;
  }
  if (opened) {
    ++counters_.opened;
  } else if (opened.error() != OpenError::consumed) {
    ++counters_.refused;
    if (opened.error() == OpenError::replayed) ++counters_.replayed;
    if (opened.error() == OpenError::forged) ++counters_.forged;
  }
  return opened;
}

Result<EndToEnd::Opened, OpenError> EndToEnd::open_first(TimePoint now, BytesView sealed,
                                                         const std::optional<NodeId>& source) {
  const auto form = FirstForm::decode_header(sealed);
  if (!form) return refuse(OpenError::malformed);
  const EndToEndContextId id = end_to_end_context_id(form->enc);
  if (const auto found = receiving_.find(id);
      found != receiving_.end() && found->second.enc == form->enc) {
    return open_first_again(now, sealed, *form, found->second);
  }
  if (spent_.contains(id)) {
    complain(now, source, id);
    return refuse(OpenError::replayed);
  }
  const auto candidate = decrypt_first(sealed, *form);
  if (!candidate) {
    complain(now, source, id);
    return refuse(OpenError::unknown_prekey);
  }
  ByteReader inside(candidate->inside);
  const NodeId from = inside.id<NodeId>();
  const BytesView signature = inside.raw(64);
  const BytesView contents = inside.remainder();
  const auto key = peers_.signing_key(from);
  if (!key) return refuse(OpenError::unknown_sender);
  const Bytes signed_octets =
      FirstForm::signed_octets(from, self_, sealed.first(FirstForm::header_bytes), contents);
  if (inside.failed() || !ed25519_verify(*key, signed_octets, signature)) {
    return refuse(OpenError::forged);
  }
  remember(now, *candidate, from).window.accept(form->sequence);
  must_show(now, from, id);
  return take_contents(now, from, form->flags, contents);
}

/// The sender is whom the packet says it is from, or it does not open.
Result<EndToEnd::Opened, OpenError> EndToEnd::open_brief_first(
    TimePoint now, BytesView sealed, const std::optional<NodeId>& source) {
  const auto form = FirstForm::decode_header(sealed);
  if (!form) return refuse(OpenError::malformed);
  const EndToEndContextId id = end_to_end_context_id(form->enc);
  if (const auto found = receiving_.find(id);
      found != receiving_.end() && found->second.enc == form->enc) {
    return open_first_again(now, sealed, *form, found->second);
  }
  if (spent_.contains(id)) {
    complain(now, source, id);
    return refuse(OpenError::replayed);
  }
  const auto sender = source ? peers_.certificate_key(*source) : std::nullopt;
  if (!sender) return refuse(OpenError::unknown_sender);
  const auto candidate = decrypt_first(sealed, *form, sender);
  if (!candidate) {
    complain(now, source, id);
    return refuse(OpenError::unknown_prekey);
  }
  remember(now, *candidate, *source).window.accept(form->sequence);
  must_show(now, *source, id);
  return take_contents(now, *source, form->flags, candidate->inside);
}

/// The context is its sender's since its first message was proven once: who has the keys is either
/// that sender or ourselves, so the signature need not be verified again.
Result<EndToEnd::Opened, OpenError> EndToEnd::open_first_again(TimePoint now, BytesView sealed,
                                                               const FirstForm& form,
                                                               Receiving& receiving) {
  const auto header = sealed.first(FirstForm::header_bytes);
  if (!receiving.window.would_accept(form.sequence)) return refuse(OpenError::replayed);
  const auto inside = receiving.hpke.open(form.sequence, header, sealed.subspan(header.size()));
  if (inside && form.brief) {
    receiving.window.accept(form.sequence);
    receiving.used = now;
    const NodeId sender = receiving.from;
    must_show(now, sender, end_to_end_context_id(form.enc));
    return take_contents(now, sender, form.flags, *inside);
  }
  if (!inside || inside->size() < FirstForm::proof_bytes ||
      NodeId::from(BytesView(*inside).first(NodeId::size)) != receiving.from) {
    return refuse(OpenError::forged);
  }
  receiving.window.accept(form.sequence);
  receiving.used = now;
  const NodeId from = receiving.from;
  must_show(now, from, end_to_end_context_id(form.enc));
  return take_contents(now, from, form.flags, BytesView(*inside).subspan(FirstForm::proof_bytes));
}

std::optional<EndToEnd::Candidate> EndToEnd::decrypt_first(
    BytesView sealed, const FirstForm& form, const std::optional<Key32>& sender) const {
  const BytesView header = sealed.first(FirstForm::header_bytes);
  const auto open_with = [&](const OwnPrekey& own) -> std::optional<Candidate> {
    if (static_cast<std::uint8_t>(own.id) != form.prekey_low) return std::nullopt;
    const BytesView info = as_bytes("muster end-to-end 1");
    auto hpke = sender ? hpke_setup_auth_receiver(form.enc, own.private_key.octets, info, *sender)
                       : hpke_setup_receiver(form.enc, own.private_key.octets, info);
    if (!hpke) return std::nullopt;
    auto inside = hpke->open(form.sequence, header, sealed.subspan(header.size()));
    if (!inside) return std::nullopt;
    return Candidate{form, std::move(*hpke), std::move(*inside)};
  };
  for (const OwnPrekey& own : own_prekeys_) {
    if (auto candidate = open_with(own)) return candidate;
  }
  return certificate_key_ ? open_with(*certificate_key_) : std::nullopt;
}

/// Its replay window goes, so nothing more is opened under it.
void EndToEnd::push_out(std::map<EndToEndContextId, Receiving>::iterator oldest) {
  if (spent_.size() >= limits_.spent_contexts_max && !spent_.empty()) {
    spent_.erase(spent_in_order_.front());
    spent_in_order_.pop_front();
  }
  if (spent_.insert(oldest->first).second) spent_in_order_.push_back(oldest->first);
  receiving_.erase(oldest);
  ++counters_.evicted;
}

/// May push out another context: of the same sender, where that has many, else the one that was
/// idle for longest.
EndToEnd::Receiving& EndToEnd::remember(TimePoint now, const Candidate& candidate,
                                        const NodeId& from) {
  const auto push_out_oldest = [&](auto counts, std::size_t most) {
    auto oldest = receiving_.end();
    std::size_t count = 0;
    for (auto each = receiving_.begin(); each != receiving_.end(); ++each) {
      if (!counts(each->second)) continue;
      ++count;
      if (oldest == receiving_.end() || each->second.used < oldest->second.used) oldest = each;
    }
    if (count < most || oldest == receiving_.end()) return;
    push_out(oldest);
  };
  push_out_oldest([&](const Receiving& each) { return each.from == from; },
                  limits_.contexts_per_peer_max);
  push_out_oldest([](const Receiving&) { return true; }, limits_.contexts_max);
  const Key32& enc = candidate.form.enc;
  return receiving_
      .insert_or_assign(end_to_end_context_id(enc), Receiving{from, enc, candidate.hpke, {}, now})
      .first->second;
}

Result<EndToEnd::Opened, OpenError> EndToEnd::open_later(TimePoint now, BytesView sealed,
                                                         const std::optional<NodeId>& source) {
  const auto form = LaterForm::decode_header(sealed);
  if (!form) return refuse(OpenError::malformed);
  const auto found = receiving_.find(form->context);
  if (found == receiving_.end()) {
    complain(now, source, form->context);
    return refuse(OpenError::unknown_context);
  }
  Receiving& receiving = found->second;
  const auto header = sealed.first(LaterForm::header_bytes);
  if (!receiving.window.would_accept(form->sequence)) return refuse(OpenError::replayed);
  const auto contents = receiving.hpke.open(form->sequence, header, sealed.subspan(header.size()));
  if (!contents) return refuse(OpenError::forged);
  receiving.window.accept(form->sequence);
  receiving.used = now;
  return take_contents(now, receiving.from, form->flags, *contents);
}

Result<EndToEnd::Opened, OpenError> EndToEnd::take_contents(TimePoint now, const NodeId& from,
                                                            EndToEndFlags flags,
                                                            BytesView contents) {
  const auto decoded = EndToEndContents::decode(flags, contents);
  if (!decoded) return refuse(OpenError::malformed);
  if (decoded->shown) {
    Correspondent& peer = correspondent(now, from);
    if (peer.sending && peer.sending->id == *decoded->shown) peer.sending->shown = true;
  }
  if (!flags.control) return Opened{from, to_bytes(decoded->body)};
  const auto control = EndToEndControl::decode(decoded->body);
  if (!control) return refuse(OpenError::malformed);
  take_control(now, from, *control);
  return refuse(OpenError::consumed);
}

}  // namespace muster::security
