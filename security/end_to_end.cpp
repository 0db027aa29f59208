// SPDX-License-Identifier: Apache-2.0
#include "security/end_to_end.hpp"

#include <algorithm>
#include <utility>

#include "core/base/byte_reader.hpp"

namespace muster::security {

std::string_view to_string(SealError error) {
  switch (error) {
    case SealError::no_prekey:
      return "the recipient has published no prekey";
    case SealError::too_large:
      return "the message is larger than may be sealed";
  }
  return "unknown";
}

std::string_view to_string(OpenError error) {
  switch (error) {
    case OpenError::malformed:
      return "it is no sealed message";
    case OpenError::unknown_prekey:
      return "it was sealed to a prekey that is not there (any more), or damaged";
    case OpenError::unknown_context:
      return "its context is not known (any more)";
    case OpenError::unknown_sender:
      return "the signing key of its sender is not known";
    case OpenError::forged:
      return "it is not authentic";
    case OpenError::replayed:
      return "it was opened before";
    case OpenError::consumed:
      return "it held nothing to deliver";
  }
  return "unknown";
}

EndToEnd::EndToEnd(NodeId self, const Key32& ed25519_private, const OwnPrekey& prekey,
                   const PeerKeys& peers, ports::Random& random, Limits limits)
    : self_(self),
      signing_key_(ed25519_private),
      own_prekeys_{prekey},
      peers_(peers),
      random_(random),
      limits_(limits) {}

void EndToEnd::add_prekey(const OwnPrekey& prekey) {
  if (own_prekeys_.size() >= limits_.own_prekeys_max) own_prekeys_.erase(own_prekeys_.begin());
  own_prekeys_.push_back(prekey);
}

void EndToEnd::add_certificate_key(const Key32& x25519_private) {
  certificate_key_ = OwnPrekey{certificate_prekey_id, Secret32{x25519_private}};
}

void EndToEnd::set_pace(Duration answer_within) {
  const Limits usual;
  limits_.show_after = std::max(usual.show_after, 20 * answer_within);
  limits_.complain_again_after = std::max(usual.complain_again_after, 20 * answer_within);
  limits_.context_life = std::max(usual.context_life, 10'000 * answer_within);
}

/// May push out the one that was idle for longest.
EndToEnd::Correspondent& EndToEnd::correspondent(TimePoint now, const NodeId& node) {
  if (!correspondents_.contains(node) && correspondents_.size() >= limits_.correspondents_max) {
    correspondents_.erase(std::ranges::min_element(
        correspondents_, {}, [](const auto& each) { return each.second.used; }));
    ++counters_.evicted;
  }
  Correspondent& peer = correspondents_[node];
  peer.used = now;
  return peer;
}

/// The recipient answers a first form either in what it sends anyway or, soon after, alone.
void EndToEnd::must_show(TimePoint now, const NodeId& to, const EndToEndContextId& context) {
  Correspondent& peer = correspondent(now, to);
  if (!peer.to_show) peer.show_by = now + limits_.show_after;
  peer.to_show = context;
}

/// `about` is what an unauthenticated packet says: worth one signed sentence now and then.
void EndToEnd::complain(TimePoint now, const std::optional<NodeId>& about,
                        const EndToEndContextId& context) {
  if (!about || *about == self_ || !prekey_of(*about)) return;
  Correspondent& peer = correspondent(now, *about);
  if (peer.complained && now < *peer.complained + limits_.complain_again_after) return;
  peer.complained = now;
  const OwnPrekey& own = own_prekeys_.back();
  const EndToEndControl control{EndToEndControl::Kind::cannot_open, context,
                                Prekey{own.id, x25519_public(own.private_key.octets)}};
  if (auto sealed = seal_contents(now, *about, true, control.encode())) {
    ++counters_.complaints;
    outputs_.push_back(Send{*about, std::move(*sealed)});
  }
}

void EndToEnd::take_control(TimePoint now, const NodeId& from, const EndToEndControl& control) {
  if (control.kind != EndToEndControl::Kind::cannot_open) return;
  Correspondent& peer = correspondent(now, from);
  if (!peer.sending || peer.sending->id != control.context) return;
  peer.refused_prekey = peer.sending->prekey_id;
  peer.told_prekey = control.prekey;
  peer.sending.reset();
}

void EndToEnd::advance(TimePoint now) {
  for (auto& [node, peer] : correspondents_) {
    if (!peer.to_show || now < peer.show_by) continue;
    const NodeId to = node;
    auto sealed = seal_contents(now, to, true, EndToEndControl{}.encode());
    peer.to_show.reset();
    if (sealed) outputs_.push_back(Send{to, std::move(*sealed)});
  }
}

std::optional<TimePoint> EndToEnd::deadline() const {
  std::optional<TimePoint> when;
  for (const auto& [node, peer] : correspondents_) {
    if (peer.to_show) when = earlier(when, peer.show_by);
  }
  return when;
}

std::optional<EndToEnd::Output> EndToEnd::poll() {
  if (outputs_.empty()) return std::nullopt;
  // Moved out without a local of its type, which GCC 12 takes for uninitialised.
  struct PopFront {
    std::deque<Output>& outputs;
    ~PopFront() { outputs.pop_front(); }
  } const after_the_move{outputs_};
  return std::move(outputs_.front());
}

}  // namespace muster::security
