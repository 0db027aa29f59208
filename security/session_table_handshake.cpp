// SPDX-License-Identifier: Apache-2.0
// How sessions come about: the handshake half of SessionTable.
#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "security/session_table.hpp"

namespace muster::security {
namespace {

constexpr std::string_view prologue = "muster session 1";
/// On a slow link: who does not answer so many is not there, or not just now.
constexpr unsigned paced_tries_max = 6;

}  // namespace

// ---- as the one who begins --------------------------------------------------------------------

void SessionTable::connect(TimePoint now, const NodeId& peer, const LinkPath& path) {
  if (peer == local_.id || under_way(peer, &path)) return;
  if (const Entry* const entry = current(peer)) {
    if (entry->path == path || now < entry->heard + limits_.path_fresh) return;
  }
  begin_as_known(now, peer, path);
}

void SessionTable::reconnect(TimePoint now, const NodeId& peer) {
  const Entry* const entry = current(peer);
  if (!entry || under_way(peer, nullptr)) return;
  begin_as_known(now, peer, entry->path);
}

/// A handshake of ours with `peer`, on `path` or (nullptr) on any.
bool SessionTable::under_way(const NodeId& peer, const LinkPath* path) const {
  const auto ours = [&](const NodeId& id, const LinkPath& at) {
    return id == peer && (!path || at == *path);
  };
  return std::ranges::any_of(
             initiations_,
             [&](const auto& each) { return ours(each.second.peer, each.second.path); }) ||
         std::ranges::any_of(sessions_, [&](const auto& each) {
           return each.second.resend && ours(each.second.peer, each.second.path);
         });
}

void SessionTable::begin_as_known(TimePoint now, const NodeId& peer, const LinkPath& path) {
  begin(now, peer, path, verifier_.known(peer) ? NoisePattern::ik : NoisePattern::xx);
}

void SessionTable::begin(TimePoint now, const NodeId& peer, const LinkPath& path,
                         NoisePattern pattern) {
  if (initiations_.size() >= limits_.initiations_max) {
    ++counters_.over_limit;
    return;
  }
  const auto known = pattern == NoisePattern::ik ? verifier_.known(peer) : std::nullopt;
  if (!known) pattern = NoisePattern::xx;
  NoiseHandshake noise =
      handshake(pattern, NoiseRole::initiator, known ? std::optional(known->x25519) : std::nullopt);
  const Bytes payload = known ? Reference{next_number(), own_certificate_}.encode() : Bytes{};
  const auto message = noise.write(payload);
  if (!message) return;  // a certificate with a key that is no point: nobody can answer for it
  const std::uint32_t index = new_index();
  Bytes datagram =
      mac_.seal({known ? DatagramType::ik_first : DatagramType::xx_first, index, 0, *message});
  const auto begun = initiations_.emplace(
      index,
      Initiation{peer, path, pattern, std::move(noise), std::move(datagram),
                 SessionResend(now, policy(known ? limits_.ik : limits_.xx, path), jitter_)});
  send_first(now, begun.first->second);
}

void SessionTable::set_pace(LinkId link, Duration answer_within) {
  if (answer_within == Duration{}) {
    paces_.erase(link);
  } else {
    paces_[link] = answer_within;
  }
}

SessionResend::Policy SessionTable::policy(SessionResend::Policy usual,
                                           const LinkPath& path) const {
  const auto pace = paces_.find(path.link);
  if (pace == paces_.end()) return usual;
  usual.first = std::max(usual.first, 2 * pace->second);
  usual.longest = std::max(usual.longest, 32 * pace->second);
  usual.tries_max = std::min(usual.tries_max, paced_tries_max);
  return usual;
}

/// The answer, and the first frame under it, may have to wait for their turns.
Duration SessionTable::half_open_life(const LinkPath& path) const {
  const auto pace = paces_.find(path.link);
  return pace == paces_.end() ? limits_.half_open_life
                              : std::max(limits_.half_open_life, 60 * pace->second);
}

std::size_t SessionTable::handshakes_on(LinkId link) const {
  const auto begun = std::ranges::count_if(initiations_, [&](const auto& each) {
    return each.second.path.link == link && !each.second.listening;
  });
  const auto answered = std::ranges::count_if(sessions_, [&](const auto& each) {
    return each.second.path.link == link && each.second.resend;
  });
  return static_cast<std::size_t>(begun + answered);
}

void SessionTable::send_first(TimePoint now, const Initiation& initiation) {
  const auto cookie = cookie_jar_.find(now, initiation.path);
  send(initiation.path,
       cookie ? CookiedDatagram::encode(*cookie, initiation.datagram) : initiation.datagram);
}

void SessionTable::advance_initiations(TimePoint now) {
  std::vector<std::pair<NodeId, LinkPath>> by_xx;
  for (auto each = initiations_.begin(); each != initiations_.end();) {
    Initiation& initiation = each->second;
    if (initiation.resend.due() > now) {
      ++each;
    } else if (!initiation.resend.exhausted()) {
      initiation.resend.step(now, jitter_);
      send_first(now, initiation);
      ++each;
    } else if (initiation.pattern == NoisePattern::ik && !initiation.listening &&
               !paces_.contains(initiation.path.link)) {
      // Not on a slow link: there a peer that cannot answer says so, and certificates are long.
      initiation.listening = true;
      initiation.resend.stop(now + limits_.half_open_life);
      by_xx.emplace_back(initiation.peer, initiation.path);
      ++each;
    } else {
      if (!initiation.listening) outputs_.push_back(Failed{initiation.path, initiation.reason});
      each = initiations_.erase(each);
    }
  }
  for (const auto& [peer, path] : by_xx) begin(now, peer, path, NoisePattern::xx);
}

void SessionTable::receive_xx_second(TimePoint now, const LinkPath& from,
                                     const HandshakeDatagram& datagram) {
  const auto found = initiations_.find(datagram.receiver);
  if (found == initiations_.end() || found->second.pattern != NoisePattern::xx) {
    ++counters_.unknown_index;
    return;
  }
  Initiation& initiation = found->second;
  // On a copy: an answer by another node than the one meant must not end the wait for this one.
  NoiseHandshake noise = initiation.noise;
  const auto payload = noise.read(datagram.noise);
  const auto introduction = payload ? Introduction::decode(*payload) : std::nullopt;
  if (!introduction) {
    ++counters_.unreadable_handshakes;
    return;
  }
  const auto verified = introduced(noise, *introduction);
  if (!verified || verified->id != initiation.peer) {
    initiation.reason = verified ? Reason::wrong_peer : Reason::certificate_refused;
    return;
  }
  const auto third = noise.write(Introduction{next_number(), local_.certificate_der}.encode());
  if (!third) return;
  const std::uint32_t index = found->first;
  const NodeId peer = initiation.peer;
  initiations_.erase(found);
  Entry entry{
      .session = Session(index, datagram.sender, noise.split()), .peer = peer, .path = from};
  entry.peer_boot = introduction->number.boot;
  entry.repeat = mac_.seal({DatagramType::xx_third, index, datagram.sender, *third});
  entry.resend.emplace(now, policy(limits_.xx, from), jitter_);
  send(from, entry.repeat);
  insert(now, std::move(entry));
}

void SessionTable::receive_ik_second(TimePoint now, const LinkPath& from,
                                     const HandshakeDatagram& datagram) {
  const auto found = initiations_.find(datagram.receiver);
  if (found == initiations_.end() || found->second.pattern != NoisePattern::ik) {
    ++counters_.unknown_index;
    return;
  }
  NoiseHandshake noise = found->second.noise;
  const auto payload = noise.read(datagram.noise);
  const auto notice = payload ? BootNotice::decode(*payload) : std::nullopt;
  if (!notice) {
    ++counters_.unreadable_handshakes;
    return;
  }
  Entry fresh{.session = Session(found->first, datagram.sender, noise.split()),
              .peer = found->second.peer,
              .path = from};
  fresh.peer_boot = notice->boot;
  initiations_.erase(found);
  Entry& entry = *insert(now, std::move(fresh));
  go_live(now, entry);
  // The peer keeps its own session until it sees that we hold the keys of this one.
  entry.resend.emplace(now, policy(limits_.xx, from), jitter_);
  send_empty(entry, DatagramType::probe);
}

void SessionTable::receive_refusal(TimePoint now, const HandshakeDatagram& datagram) {
  const auto found = initiations_.find(datagram.receiver);
  if (found == initiations_.end() || found->second.pattern != NoisePattern::ik) {
    ++counters_.unknown_index;
    return;
  }
  const Initiation refused = std::move(found->second);
  initiations_.erase(found);
  if (refused.listening) return;  // XX is under way
  begin(now, refused.peer, refused.path, NoisePattern::xx);
}

/// The other side is under load. Sent again at once, but only once: old cookies that somebody sends
/// again must not make us talk.
void SessionTable::receive_cookie(TimePoint now, BytesView datagram) {
  const auto receiver = CookieSeal::receiver(datagram);
  if (!receiver) {
    ++counters_.malformed;
    return;
  }
  const auto found = initiations_.find(*receiver);
  if (found == initiations_.end()) {
    ++counters_.unknown_index;
    return;
  }
  Initiation& initiation = found->second;
  const auto cookie = cookie_seal_.open(datagram, handshake_tag(initiation.datagram));
  if (!cookie) {
    ++counters_.unreadable_cookies;
    return;
  }
  ++counters_.cookies_received;
  if (!cookie_jar_.put(now, initiation.path, *cookie)) return;
  if (initiation.hurried || initiation.listening) return;
  initiation.hurried = true;
  send_first(now, initiation);
}

// ---- as the one who answers -------------------------------------------------------------------

void SessionTable::receive_cookied(TimePoint now, const LinkPath& from, BytesView whole) {
  const auto cookied = CookiedDatagram::decode(whole);
  const auto type = cookied ? static_cast<DatagramType>(cookied->datagram[0]) : DatagramType{};
  if (type != DatagramType::xx_first && type != DatagramType::ik_first) {
    ++counters_.malformed;
    return;
  }
  receive_handshake(now, from, cookied->datagram, &*cookied);
}

/// Whether a first message is worth a key agreement; under load its sender gets a cookie instead.
bool SessionTable::let_in(TimePoint now, const LinkPath& from, BytesView whole,
                          std::uint32_t sender, const CookiedDatagram* cookied) {
  const bool proven = cookied && cookie_maker_.proven(now, from, *cookied);
  switch (gate_.judge(now, from, proven)) {
    case HandshakeGate::Verdict::answer:
      return true;
    case HandshakeGate::Verdict::ask_for_cookie:
      ++counters_.cookies_asked_for;
      send(from,
           cookie_seal_.seal(sender, handshake_tag(whole), cookie_maker_.make(now, from), random_));
      return false;
    case HandshakeGate::Verdict::silence:
      break;
  }
  ++counters_.unanswered_for_rate;
  return false;
}

void SessionTable::receive_handshake(TimePoint now, const LinkPath& from, BytesView whole,
                                     const CookiedDatagram* cookied) {
  const auto datagram = mac_.open(whole);
  if (!datagram) {
    ++counters_.wrong_mac;
    return;
  }
  switch (datagram->type) {
    case DatagramType::xx_first:
      if (!let_in(now, from, whole, datagram->sender, cookied)) return;
      return receive_xx_first(now, from, whole, *datagram);
    case DatagramType::xx_second:
      return receive_xx_second(now, from, *datagram);
    case DatagramType::xx_third:
      return receive_xx_third(now, from, whole, *datagram);
    case DatagramType::ik_first:
      if (!let_in(now, from, whole, datagram->sender, cookied)) return;
      return receive_ik_first(now, from, whole, *datagram);
    case DatagramType::ik_second:
      return receive_ik_second(now, from, *datagram);
    default:
      return receive_refusal(now, *datagram);
  }
}

void SessionTable::receive_xx_first(TimePoint now, const LinkPath& from, BytesView whole,
                                    const HandshakeDatagram& datagram) {
  const Digest32 asked = sha256(whole);
  const auto again = std::ranges::find_if(
      half_open_, [&](const auto& each) { return each.second.asked == asked; });
  if (again != half_open_.end()) return send(from, again->second.answer);
  if (ours_wins(now, from, nullptr)) return;
  NoiseHandshake noise = handshake(NoisePattern::xx, NoiseRole::responder, std::nullopt);
  if (!noise.read(datagram.noise)) {
    ++counters_.unreadable_handshakes;
    return;
  }
  const auto message = noise.write(Introduction{next_number(), local_.certificate_der}.encode());
  if (!message) {
    ++counters_.unreadable_handshakes;
    return;
  }
  make_room_for_half_open();
  const std::uint32_t index = new_index();
  Bytes answer = mac_.seal({DatagramType::xx_second, index, datagram.sender, *message});
  send(from, answer);
  half_open_.emplace(index, HalfOpen{from, datagram.sender, std::move(noise), asked,
                                     std::move(answer), now + limits_.half_open_life});
}

void SessionTable::receive_xx_third(TimePoint now, const LinkPath& from, BytesView whole,
                                    const HandshakeDatagram& datagram) {
  const Digest32 asked = sha256(whole);
  if (const auto session = sessions_.find(datagram.receiver); session != sessions_.end()) {
    // Our confirmation was lost.
    if (session->second.asked == asked && confirmations_.take(now)) {
      send(from, session->second.session.seal(DatagramType::data, {}));
    }
    return;
  }
  const auto found = half_open_.find(datagram.receiver);
  if (found == half_open_.end() || found->second.peer_index != datagram.sender) {
    ++counters_.unknown_index;
    return;
  }
  NoiseHandshake noise = found->second.noise;
  const auto payload = noise.read(datagram.noise);
  const auto introduction = payload ? Introduction::decode(*payload) : std::nullopt;
  if (!introduction) {
    ++counters_.unreadable_handshakes;
    return;
  }
  const auto verified = introduced(noise, *introduction);
  if (!verified) return;
  half_open_.erase(found);
  numbers_.note(verified->id, introduction->number);
  Entry fresh{.session = Session(datagram.receiver, datagram.sender, noise.split()),
              .peer = verified->id,
              .path = from};
  fresh.peer_boot = introduction->number.boot;
  fresh.role = NoiseRole::responder;
  fresh.asked = asked;
  // The third message holds a key made for our second: it is no replay, the session is live.
  Entry& entry = *insert(now, std::move(fresh));
  go_live(now, entry);
  send_empty(entry, DatagramType::data);
}

void SessionTable::receive_ik_first(TimePoint now, const LinkPath& from, BytesView whole,
                                    const HandshakeDatagram& datagram) {
  const Digest32 asked = sha256(whole);
  const auto again =
      std::ranges::find_if(sessions_, [&](const auto& each) { return each.second.asked == asked; });
  if (again == sessions_.end()) return answer_ik(now, from, asked, datagram);
  if (again->second.stage == Stage::awaiting_first_frame) send(from, again->second.repeat);
}

void SessionTable::answer_ik(TimePoint now, const LinkPath& from, const Digest32& asked,
                             const HandshakeDatagram& datagram) {
  NoiseHandshake noise = handshake(NoisePattern::ik, NoiseRole::responder, std::nullopt);
  const auto payload = noise.read(datagram.noise);
  const auto reference = payload ? Reference::decode(*payload) : std::nullopt;
  if (!reference) {
    ++counters_.unreadable_handshakes;
    return refuse(from, datagram.sender);
  }
  const auto known = verifier_.known(reference->certificate);
  if (!known || known->x25519 != noise.remote_static() || known->id == local_.id) {
    ++counters_.refused_certificates;
    return refuse(from, datagram.sender);
  }
  if (ours_wins(now, from, &known->id)) return;
  if (!numbers_.accept(now, known->id, reference->number)) {
    ++counters_.replayed_handshakes;
    return refuse(from, datagram.sender);
  }
  const auto message = noise.write(BootNotice{local_.boot}.encode());
  if (!message) {
    ++counters_.unreadable_handshakes;
    return;
  }
  make_room_for_half_open();
  const std::uint32_t index = new_index();
  Entry entry{
      .session = Session(index, datagram.sender, noise.split()), .peer = known->id, .path = from};
  entry.peer_boot = reference->number.boot;
  entry.role = NoiseRole::responder;
  entry.asked = asked;
  entry.repeat = mac_.seal({DatagramType::ik_second, index, datagram.sender, *message});
  send(from, entry.repeat);
  insert(now, std::move(entry));
}

void SessionTable::refuse(const LinkPath& path, std::uint32_t receiver) {
  send(path, mac_.seal({DatagramType::refusal, 0, receiver, {}}));
}

std::optional<VerifiedNode> SessionTable::introduced(const NoiseHandshake& noise,
                                                     const Introduction& introduction) {
  std::optional<VerifiedNode> verified;
  if (introduction.certificate_der.size() <= limits_.certificate_bytes_max) {
    verified = verifier_.verify(introduction.certificate_der);
  }
  if (!verified || verified->x25519 != noise.remote_static() || verified->id == local_.id) {
    ++counters_.refused_certificates;
    return std::nullopt;
  }
  return verified;
}

NoiseHandshake SessionTable::handshake(NoisePattern pattern, NoiseRole role,
                                       std::optional<Key32> remote_static) {
  NoiseKeys keys{Secret32{local_.x25519_private}, {}, remote_static};
  random_.fill(keys.ephemeral_private.octets);
  return {pattern, role, as_bytes(prologue), keys};
}

HandshakeNumber SessionTable::next_number() { return {local_.boot, ++handshakes_begun_}; }

/// Both began at once: the lower NodeId's handshake goes on. `peer` is nullptr where the message
/// does not name its sender; then the path tells.
bool SessionTable::ours_wins(TimePoint now, const LinkPath& path, const NodeId* peer) {
  const auto crossed = [&](const NodeId& id, const LinkPath& at) {
    return at == path && (!peer || id == *peer);
  };
  for (auto& [index, initiation] : initiations_) {
    if (initiation.listening || !crossed(initiation.peer, initiation.path)) continue;
    if (local_.id < initiation.peer) {
      ++counters_.crossed_handshakes;
      return true;
    }
    // Held, not ended: what we are answering may be an old message sent again by a stranger.
    initiation.resend.hold(now);
  }
  return std::ranges::any_of(sessions_, [&](const auto& each) {
    const Entry& entry = each.second;
    return entry.stage == Stage::awaiting_first_frame && entry.role == NoiseRole::initiator &&
           local_.id < entry.peer && crossed(entry.peer, entry.path);
  });
}

void SessionTable::make_room_for_half_open() {
  if (half_open_.size() >= limits_.half_open_max) {
    half_open_.erase(std::ranges::min_element(
        half_open_, {}, [](const auto& each) { return each.second.expires; }));
    ++counters_.evicted;
  }
  const auto provisional = [](const auto& each) {
    return each.second.stage == Stage::awaiting_first_frame &&
           each.second.role == NoiseRole::responder;
  };
  const auto count = std::ranges::count_if(sessions_, provisional);
  if (static_cast<std::size_t>(count) < limits_.half_open_max) return;
  auto oldest = sessions_.end();
  for (auto each = sessions_.begin(); each != sessions_.end(); ++each) {
    if (provisional(*each) &&
        (oldest == sessions_.end() || each->second.born < oldest->second.born)) {
      oldest = each;
    }
  }
  erase(oldest);
  ++counters_.evicted;
}

}  // namespace muster::security
