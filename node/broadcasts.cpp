// SPDX-License-Identifier: Apache-2.0
#include "node/broadcasts.hpp"

#include <algorithm>
#include <utility>

namespace muster::node {
namespace {

/// First octet on HopChannel::sender_key (docs/protocol/session.md).
enum class Told : std::uint8_t { offer = 1, heard = 2 };

Bytes told(Told kind, BytesView content) {
  Bytes message{static_cast<std::uint8_t>(kind)};
  append(message, content);
  return message;
}

}  // namespace

void Broadcasts::neighbour_new(const NodeId& peer) {
  peers_[peer] = {};
  for (const auto& each : keys_.offers()) offer(peer, each);
}

void Broadcasts::neighbour_gone(const NodeId& peer) {
  peers_.erase(peer);
  keys_.forget(peer);
}

void Broadcasts::offer(const NodeId& to, const security::SenderKeys::Offer& offer) {
  outputs_.push_back({to, told(Told::offer, offer.message)});
}

void Broadcasts::receive_told(TimePoint now, const NodeId& from, LinkId link, BytesView message) {
  const auto peer = peers_.find(from);
  const auto kind = message.empty() ? Told{} : static_cast<Told>(message[0]);
  if (peer == peers_.end() || (kind != Told::offer && kind != Told::heard)) {
    ++counters_.malformed;
  } else if (kind == Told::offer) {
    if (!keys_.learn(now, from, message.subspan(1))) ++counters_.keys_refused;
  } else if (message.size() != 1) {
    ++counters_.malformed;
  } else {
    peer->second.confirmed = now;
    peer->second.link = link;
    peer->second.trials = 0;
  }
}

bool Broadcasts::hears(TimePoint now, const NodeId& peer, LinkId link) const {
  const auto found = peers_.find(peer);
  return found != peers_.end() && found->second.link == link && found->second.confirmed &&
         now < *found->second.confirmed + limits_.confirmed_for;
}

bool Broadcasts::may_hear(TimePoint now, const NodeId& peer, LinkId link) const {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return false;
  const Peer& each = found->second;
  return hears(now, peer, link) || each.link != link || each.trials < limits_.trials_max ||
         now >= each.tried + limits_.tried_again_after;
}

bool Broadcasts::presumed_to_hear(TimePoint now, const NodeId& peer, LinkId link) const {
  if (hears(now, peer, link)) return true;
  const auto found = peers_.find(peer);
  const bool tried_here = found != peers_.end() && found->second.link == link;
  return may_hear(now, peer, link) && (!tried_here || found->second.trials < limits_.trials_alone);
}

void Broadcasts::tried(TimePoint now, const NodeId& peer, LinkId link) {
  if (hears(now, peer, link)) {
    ++counters_.unicasts_saved;
    return;
  }
  Peer& unsure = peers_.at(peer);
  if (unsure.link != link) {
    Peer again;
    again.link = link;
    again.heard_key = unsure.heard_key;
    again.told = unsure.told;
    unsure = again;
  }
  // Those in quick succession may have come before our key, or into the same fade.
  if (unsure.trials > 0 && now < unsure.tried + limits_.trial_spacing) return;
  unsure.trials = std::min(unsure.trials + 1, limits_.trials_max);
  unsure.tried = now;
}

Bytes Broadcasts::seal(TimePoint now, BytesView content) {
  ++counters_.sent;
  return keys_.seal(now, content);
}

std::optional<security::SenderKeys::Opened> Broadcasts::open(TimePoint now, BytesView datagram) {
  auto opened = keys_.open(now, datagram);
  if (!opened) {
    switch (opened.error()) {
      case security::BroadcastError::malformed:
        ++counters_.malformed;
        break;
      case security::BroadcastError::unknown_key:
        ++counters_.unknown_keys;
        break;
      case security::BroadcastError::replayed:
        ++counters_.repeated;
        break;
      case security::BroadcastError::forged:
        ++counters_.forged;
        break;
      case security::BroadcastError::own:
        break;  // a network that gives us back what we said
    }
    return std::nullopt;
  }
  ++counters_.heard;
  const auto peer = peers_.find(opened->from);
  if (peer != peers_.end()) {
    Peer& sender = peer->second;
    if (sender.heard_key != opened->key || !sender.told ||
        now >= *sender.told + limits_.confirm_every) {
      sender.heard_key = opened->key;
      sender.told = now;
      outputs_.push_back({opened->from, told(Told::heard, {})});
    }
  }
  return std::move(*opened);
}

void Broadcasts::advance(TimePoint now) { keys_.advance(now); }

std::optional<Broadcasts::Tell> Broadcasts::poll() {
  while (auto fresh = keys_.poll()) {
    for (auto& [peer, state] : peers_) {
      state.trials = 0;
      offer(peer, *fresh);
    }
  }
  if (outputs_.empty()) return std::nullopt;
  Tell output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

}  // namespace muster::node
