// SPDX-License-Identifier: Apache-2.0
#include "security/session_table.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/byte_reader.hpp"

namespace muster::security {
namespace {

/// Parts of the time after which a session is renewed.
constexpr int renew_head_start_part = 24;
constexpr int renew_again_part = 120;
/// Two handshakes that end within this time crossed each other.
constexpr Duration crossing_at_most = std::chrono::seconds{5};
constexpr Duration follow_after = std::chrono::seconds{5};

}  // namespace

std::string_view to_string(SessionFailure failure) {
  switch (failure) {
    case SessionFailure::unanswered:
      return "the neighbour did not answer the handshake";
    case SessionFailure::unconfirmed:
      return "the neighbour never used the session";
    case SessionFailure::certificate_refused:
      return "the neighbour's certificate is not valid in this overlay";
    case SessionFailure::wrong_peer:
      return "another node than expected answers at this address";
  }
  return "unknown";
}

SessionTable::SessionTable(LocalNode local, PeerVerifier& verifier, ports::Random& random,
                           Limits limits, std::uint64_t seed, ports::StateStore* remembered)
    : local_(std::move(local)),
      own_certificate_{sha256(local_.certificate_der)},
      verifier_(verifier),
      random_(random),
      limits_(limits),
      jitter_(seed),
      mac_(local_.discovery_key),
      numbers_(remembered, limits.numbers),
      gate_(limits.gate),
      confirmations_(limits.confirmations_per_second_max),
      cookie_seal_(local_.discovery_key),
      cookie_maker_(random) {}

void SessionTable::receive(TimePoint now, const LinkPath& from, BytesView datagram) {
  if (datagram.empty()) {
    ++counters_.malformed;
    return;
  }
  switch (static_cast<DatagramType>(datagram[0])) {
    case DatagramType::data:
    case DatagramType::probe:
      return receive_frame(now, from, datagram);
    case DatagramType::xx_first:
    case DatagramType::xx_second:
    case DatagramType::xx_third:
    case DatagramType::ik_first:
    case DatagramType::ik_second:
    case DatagramType::refusal:
      return receive_handshake(now, from, datagram, nullptr);
    case DatagramType::cookie:
      return receive_cookie(now, datagram);
    case DatagramType::cookied:
      return receive_cookied(now, from, datagram);
    default:
      ++counters_.malformed;
  }
}

void SessionTable::receive_frame(TimePoint now, const LinkPath& from, BytesView datagram) {
  const std::uint32_t index = ByteReader(datagram.subspan(1)).u32();
  const auto found = sessions_.find(index);
  if (found == sessions_.end()) {
    ++counters_.unknown_index;
    return;
  }
  Entry& entry = found->second;
  auto opened = entry.session.open(datagram);
  if (!opened) {
    ++(opened.error() == SessionError::forged     ? counters_.forged_frames
       : opened.error() == SessionError::replayed ? counters_.replayed_frames
                                                  : counters_.malformed);
    return;
  }
  entry.heard = now;
  entry.resend.reset();
  // The peer may move to another address; an old frame sent again by somebody moves nothing.
  if (opened->newest) entry.path = from;
  if (entry.stage == Stage::awaiting_first_frame) {
    go_live(now, entry);
  } else {
    follow(now, entry);
  }
  if (static_cast<DatagramType>(datagram[0]) == DatagramType::probe) {
    send_empty(entry, DatagramType::data);
  }
  if (!opened->frame.empty()) {
    outputs_.push_back(Frame{entry.peer, from, entry.number, std::move(opened->frame)});
  }
}

std::optional<Bytes> SessionTable::seal(TimePoint now, const NodeId& peer, BytesView frame) {
  const auto state = peers_.find(peer);
  if (state == peers_.end() || state->second.current == 0) return std::nullopt;
  Entry& entry = sessions_.at(state->second.current);
  if (entry.session.frames_sent() == limits_.renew_after_frames) entry.renew_at = now;
  return entry.session.seal(DatagramType::data, frame);
}

std::optional<LinkPath> SessionTable::path(const NodeId& peer) const {
  const Entry* const entry = current(peer);
  return entry ? std::optional(entry->path) : std::nullopt;
}

std::optional<TimePoint> SessionTable::heard(const NodeId& peer) const {
  const Entry* const entry = current(peer);
  return entry ? std::optional(entry->heard) : std::nullopt;
}

const SessionTable::Entry* SessionTable::current(const NodeId& peer) const {
  const auto state = peers_.find(peer);
  if (state == peers_.end() || state->second.current == 0) return nullptr;
  return &sessions_.at(state->second.current);
}

bool SessionTable::is_current(const Entry& entry) const {
  const auto state = peers_.find(entry.peer);
  return state != peers_.end() && state->second.current == entry.session.own_index();
}

void SessionTable::send(const LinkPath& path, Bytes datagram) {
  outputs_.push_back(Send{path, std::move(datagram)});
}

void SessionTable::send_empty(Entry& entry, DatagramType type) {
  send(entry.path, entry.session.seal(type, {}));
}

/// May push out the session that was silent for longest.
SessionTable::Entry* SessionTable::insert(TimePoint now, Entry entry) {
  if (sessions_.size() >= limits_.sessions_max) {
    const auto oldest = std::ranges::min_element(
        sessions_, {}, [](const Sessions::value_type& each) { return each.second.heard; });
    erase(oldest);
    ++counters_.evicted;
  }
  entry.born = entry.heard = now;
  const std::uint32_t index = entry.session.own_index();
  return &sessions_.insert_or_assign(index, std::move(entry)).first->second;
}

void SessionTable::go_live(TimePoint now, Entry& entry) {
  Peer& peer = peer_state(entry.peer);
  const bool peer_restarted = peer.boot && *peer.boot != entry.peer_boot;
  peer.boot = entry.peer_boot;
  entry.stage = Stage::live;
  entry.number = ++sessions_numbered_;
  entry.superseded = now;
  entry.renew_at =
      now + limits_.renew_after +
      (entry.role == NoiseRole::initiator ? Duration{}
                                          : limits_.renew_after / renew_head_start_part);
  std::erase_if(initiations_, [&](const auto& each) { return each.second.peer == entry.peer; });
  drop_siblings(entry, peer_restarted);
  if (!peer_restarted && crossed_and_lost(now, entry)) return;
  if (const auto old = sessions_.find(peer.current); old != sessions_.end()) {
    old->second.superseded = now;
  }
  peer.current = entry.session.own_index();
  outputs_.push_back(Established{entry.peer, entry.path, entry.number, peer_restarted});
}

/// When both sides began at once and both handshakes came through, both sides settle on that of
/// the lower NodeId.
bool SessionTable::crossed_and_lost(TimePoint now, const Entry& entry) const {
  const auto by_lower = [&](const Entry& each) {
    return (each.role == NoiseRole::initiator) == (local_.id < each.peer);
  };
  const Entry* const in_use = current(entry.peer);
  return in_use && now < in_use->born + crossing_at_most && by_lower(*in_use) && !by_lower(entry);
}

/// A restarted peer has forgotten its old sessions; of a peer that has not, a few stay for what is
/// still in the air.
void SessionTable::drop_siblings(const Entry& entry, bool peer_restarted) {
  const auto drop_oldest = [&](std::size_t more_than) {
    auto oldest = sessions_.end();
    std::size_t count = 0;
    for (auto each = sessions_.begin(); each != sessions_.end(); ++each) {
      const Entry& other = each->second;
      if (other.peer != entry.peer || &other == &entry || other.stage != Stage::live) continue;
      ++count;
      if (oldest == sessions_.end() || other.number < oldest->second.number) oldest = each;
    }
    if (count <= more_than) return false;
    erase(oldest);
    return true;
  };
  const std::size_t others_max = limits_.sessions_per_peer_max - 1;
  while (drop_oldest(peer_restarted ? 0 : others_max)) {
  }
}

/// The peer may use another session than we do, for it may have lost ours: follow it once ours
/// has been silent.
void SessionTable::follow(TimePoint now, const Entry& entry) {
  const Entry* const in_use = current(entry.peer);
  if (in_use == &entry || (in_use && now < in_use->heard + follow_after)) return;
  peers_.at(entry.peer).current = entry.session.own_index();
}

SessionTable::Sessions::iterator SessionTable::erase(Sessions::iterator entry) {
  const NodeId peer = entry->second.peer;
  const bool was_current = is_current(entry->second);
  const auto next = sessions_.erase(entry);
  if (was_current) {
    Peer& state = peers_.at(peer);
    state.current = 0;
    std::uint64_t newest = 0;
    for (const auto& [index, other] : sessions_) {
      if (other.peer == peer && other.stage == Stage::live && other.number > newest) {
        newest = other.number;
        state.current = index;
      }
    }
  }
  return next;
}

void SessionTable::drop(const NodeId& peer) {
  for (auto each = sessions_.begin(); each != sessions_.end();) {
    each = each->second.peer == peer ? erase(each) : std::next(each);
  }
}

SessionTable::Peer& SessionTable::peer_state(const NodeId& peer) {
  if (!peers_.contains(peer) && peers_.size() >= limits_.peers_max) {
    const auto idle =
        std::ranges::find_if(peers_, [](const auto& each) { return each.second.current == 0; });
    if (idle != peers_.end()) {
      peers_.erase(idle);
      ++counters_.evicted;
    }
  }
  return peers_[peer];
}

void SessionTable::renew(TimePoint now, Entry& entry) {
  entry.renew_at = now + limits_.renew_after / renew_again_part;
  if (under_way(entry.peer, nullptr)) return;
  ++counters_.renewals;
  begin_as_known(now, entry.peer, entry.path);
}

void SessionTable::advance(TimePoint now) {
  std::erase_if(half_open_, [&](const auto& each) { return each.second.expires <= now; });
  advance_initiations(now);
  for (auto each = sessions_.begin(); each != sessions_.end();) {
    Entry& entry = each->second;
    if (due(entry) > now) {
      ++each;
    } else if (entry.resend && entry.resend->exhausted() && entry.resend->due() <= now) {
      outputs_.push_back(Failed{entry.path, Reason::unconfirmed});
      each = erase(each);
    } else if (expires(entry) <= now) {
      each = erase(each);
    } else {
      if (entry.resend && entry.resend->due() <= now) resend(now, entry);
      if (is_current(entry) && entry.renew_at <= now) renew(now, entry);
      ++each;
    }
  }
}

void SessionTable::resend(TimePoint now, Entry& entry) {
  entry.resend->step(now, jitter_);
  if (entry.repeat.empty()) {
    send_empty(entry, DatagramType::probe);
  } else {
    send(entry.path, entry.repeat);
  }
}

TimePoint SessionTable::expires(const Entry& entry) const {
  const TimePoint at_latest = entry.born + limits_.session_life;
  if (entry.stage == Stage::awaiting_first_frame) {
    return entry.resend ? at_latest : entry.born + half_open_life(entry.path);
  }
  if (is_current(entry)) return at_latest;
  return std::min(at_latest, std::max(entry.heard, entry.superseded) + limits_.linger);
}

TimePoint SessionTable::due(const Entry& entry) const {
  TimePoint when = expires(entry);
  if (entry.resend) when = std::min(when, entry.resend->due());
  if (is_current(entry)) when = std::min(when, entry.renew_at);
  return when;
}

std::optional<TimePoint> SessionTable::deadline() const {
  std::optional<TimePoint> when;
  for (const auto& [index, initiation] : initiations_)
    when = earlier(when, initiation.resend.due());
  for (const auto& [index, half_open] : half_open_) when = earlier(when, half_open.expires);
  for (const auto& [index, entry] : sessions_) when = earlier(when, due(entry));
  return when;
}

std::optional<SessionTable::Output> SessionTable::poll() {
  if (outputs_.empty()) return std::nullopt;
  // Moved out without a local of its type, which GCC 12 takes for uninitialised.
  struct PopFront {
    std::deque<Output>& outputs;
    ~PopFront() { outputs.pop_front(); }
  } const after_the_move{outputs_};
  return std::move(outputs_.front());
}

std::uint32_t SessionTable::new_index() {
  for (;;) {
    std::array<std::uint8_t, 4> octets{};
    random_.fill(octets);
    const std::uint32_t index = ByteReader(octets).u32();
    if (index != 0 && !sessions_.contains(index) && !half_open_.contains(index) &&
        !initiations_.contains(index)) {
      return index;
    }
  }
}

}  // namespace muster::security
