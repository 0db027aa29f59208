// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/link_address.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "core/ports/random.hpp"
#include "core/ports/state_store.hpp"
#include "security/handshake_cookie.hpp"
#include "security/handshake_gate.hpp"
#include "security/handshake_numbers.hpp"
#include "security/noise_handshake.hpp"
#include "security/peer_verifier.hpp"
#include "security/session.hpp"
#include "security/session_resend.hpp"
#include "security/session_state.hpp"
#include "security/session_wire.hpp"

namespace muster::security {

/// Who we are in every handshake. `boot` is persisted and grows with each start.
struct LocalNode {
  NodeId id;
  Bytes certificate_der;
  Key32 x25519_private{};
  Key32 discovery_key{};
  std::uint32_t boot = 0;
};

/// All sessions of this node with its neighbours: Noise IK with those whose certificate is known,
/// XX with others and where IK is refused or stays unanswered, then AEAD per frame.
///
/// A pure state machine: `now` never runs backwards, bytes that make no sense are counted and
/// dropped. It never ends a session that works because of a datagram that anybody could have sent
/// again: a handshake counts once both sides have proven that they hold its keys now. Wire format
/// in docs/protocol/session.md.
class SessionTable {
 public:
  struct Limits {
    std::size_t sessions_max = 512;  ///< about 700 octets each; the longest silent one goes
    std::size_t sessions_per_peer_max = 4;
    std::size_t initiations_max = 128;  ///< handshakes we began; about 1 kB each
    std::size_t half_open_max = 64;     ///< handshakes we answered; about 1.5 kB each
    std::size_t peers_max = 4096;       ///< boot count of nodes met; 48 octets each
    std::size_t certificate_bytes_max = 4096;
    HandshakeGate::Limits gate{};
    HandshakeNumbers::Limits numbers{};
    unsigned confirmations_per_second_max = 50;  ///< answers to an xx_third that came before
    SessionResend::Policy ik{.tries_max = 8};
    SessionResend::Policy xx{};
    Duration half_open_life = std::chrono::seconds{30};
    /// How long a session that was superseded is kept after its last frame.
    Duration linger = std::chrono::seconds{30};
    /// A peer heard so lately on one path needs no session on another.
    Duration path_fresh = std::chrono::seconds{15};
    /// The responder of a session leaves its renewal to the initiator for a 24th of this; one that
    /// came to nothing is tried again after a 120th.
    Duration renew_after = std::chrono::minutes{120};
    Duration session_life = std::chrono::minutes{180};
    std::uint64_t renew_after_frames = std::uint64_t{1} << 60;
  };

  using Reason = SessionFailure;

  struct Send {
    LinkPath path;
    Bytes datagram;
  };
  /// A session both sides have keys for; frames to `peer` are sealed under it from now on.
  /// `session` grows with every session; frames may still come under an earlier one.
  /// `peer_restarted`: the peer has another boot count than in its last session and has forgotten
  /// all.
  struct Established {
    NodeId peer;
    LinkPath path;
    std::uint64_t session = 0;
    bool peer_restarted = false;
  };
  struct Frame {
    NodeId peer;
    LinkPath path;
    std::uint64_t session = 0;
    Bytes frame;
  };
  /// A handshake of ours came to nothing, or the session from it was never used by the peer.
  struct Failed {
    LinkPath path;
    Reason reason = Reason::unanswered;
  };
  using Output = std::variant<Send, Established, Frame, Failed>;

  struct Counters {
    std::uint64_t malformed = 0;
    std::uint64_t wrong_mac = 0;      ///< strangers, other overlays, damage
    std::uint64_t unknown_index = 0;  ///< late, or for a session of an earlier boot
    std::uint64_t unreadable_handshakes = 0;
    std::uint64_t replayed_handshakes = 0;
    std::uint64_t refused_certificates = 0;
    std::uint64_t crossed_handshakes = 0;   ///< simultaneous opens that ours won
    std::uint64_t unanswered_for_rate = 0;  ///< first messages beyond what the gate lets in
    std::uint64_t cookies_asked_for = 0;    ///< first messages answered with a cookie, under load
    std::uint64_t cookies_received = 0;
    std::uint64_t unreadable_cookies = 0;
    std::uint64_t renewals = 0;  ///< handshakes begun because of age or frames
    std::uint64_t forged_frames = 0;
    std::uint64_t replayed_frames = 0;
    std::uint64_t over_limit = 0;  ///< handshakes we did not begin
    std::uint64_t evicted = 0;     ///< a limit took the oldest
  };

  /// `seed` feeds the jitter between attempts; keys and indices come from `random`.
  SessionTable(LocalNode local, PeerVerifier& verifier, ports::Random& random)
      : SessionTable(std::move(local), verifier, random, Limits{}) {}
  /// `remembered` keeps the numbers of handshakes over a restart; without it (nullptr) an old
  /// ik_first may be answered once after a restart, though it never makes a session.
  SessionTable(LocalNode local, PeerVerifier& verifier, ports::Random& random, Limits limits,
               std::uint64_t seed = 1, ports::StateStore* remembered = nullptr);

  /// Harmless while a session or a handshake with that peer on that path is under way.
  void connect(TimePoint now, const NodeId& peer, const LinkPath& path);
  /// A new handshake with a peer that has restarted or is silent; the old session stays meanwhile.
  void reconnect(TimePoint now, const NodeId& peer);
  /// Lets go of all sessions with that peer, and tells nobody.
  void drop(const NodeId& peer);
  void receive(TimePoint now, const LinkPath& from, BytesView datagram);
  /// The datagram for that peer's current path; nothing if there is no session. `frame` is not
  /// empty: an empty frame is no frame at the other side.
  [[nodiscard]] std::optional<Bytes> seal(TimePoint now, const NodeId& peer, BytesView frame);
  [[nodiscard]] std::optional<LinkPath> path(const NodeId& peer) const;
  /// When anything authentic last came from that peer in a session.
  [[nodiscard]] std::optional<TimePoint> heard(const NodeId& peer) const;

  void advance(TimePoint now);
  /// How long an answer may take on a slow link: handshakes there are repeated no sooner.
  void set_pace(LinkId link, Duration answer_within);
  /// Handshakes of ours that are under way there.
  [[nodiscard]] std::size_t handshakes_on(LinkId link) const;
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const HandshakeNumbers::Counters& number_counters() const {
    return numbers_.counters();
  }

 private:
  using Stage = SessionStage;
  using Initiation = SessionInitiation;
  using HalfOpen = SessionHalfOpen;
  using Entry = SessionEntry;
  using Peer = SessionPeer;
  using Sessions = std::map<std::uint32_t, Entry>;

  // session_table.cpp
  void send(const LinkPath& path, Bytes datagram);
  void send_empty(Entry& entry, DatagramType type);
  void receive_frame(TimePoint now, const LinkPath& from, BytesView datagram);
  Entry* insert(TimePoint now, Entry entry);
  void go_live(TimePoint now, Entry& entry);
  [[nodiscard]] bool crossed_and_lost(TimePoint now, const Entry& entry) const;
  void drop_siblings(const Entry& entry, bool peer_restarted);
  void follow(TimePoint now, const Entry& entry);
  Sessions::iterator erase(Sessions::iterator entry);
  void renew(TimePoint now, Entry& entry);
  Peer& peer_state(const NodeId& peer);
  [[nodiscard]] const Entry* current(const NodeId& peer) const;
  [[nodiscard]] bool is_current(const Entry& entry) const;
  void resend(TimePoint now, Entry& entry);
  [[nodiscard]] TimePoint expires(const Entry& entry) const;
  [[nodiscard]] TimePoint due(const Entry& entry) const;
  [[nodiscard]] std::uint32_t new_index();

  // session_table_handshake.cpp
  void begin(TimePoint now, const NodeId& peer, const LinkPath& path, NoisePattern pattern);
  void begin_as_known(TimePoint now, const NodeId& peer, const LinkPath& path);
  [[nodiscard]] bool under_way(const NodeId& peer, const LinkPath* path) const;
  void send_first(TimePoint now, const Initiation& initiation);
  void receive_cookie(TimePoint now, BytesView datagram);
  void receive_cookied(TimePoint now, const LinkPath& from, BytesView datagram);
  void receive_handshake(TimePoint now, const LinkPath& from, BytesView datagram,
                         const CookiedDatagram* cookied);
  [[nodiscard]] bool let_in(TimePoint now, const LinkPath& from, BytesView whole,
                            std::uint32_t sender, const CookiedDatagram* cookied);
  void receive_xx_first(TimePoint now, const LinkPath& from, BytesView whole,
                        const HandshakeDatagram& datagram);
  void receive_xx_second(TimePoint now, const LinkPath& from, const HandshakeDatagram& datagram);
  void receive_xx_third(TimePoint now, const LinkPath& from, BytesView whole,
                        const HandshakeDatagram& datagram);
  void receive_ik_first(TimePoint now, const LinkPath& from, BytesView whole,
                        const HandshakeDatagram& datagram);
  void receive_ik_second(TimePoint now, const LinkPath& from, const HandshakeDatagram& datagram);
  void receive_refusal(TimePoint now, const HandshakeDatagram& datagram);
  void answer_ik(TimePoint now, const LinkPath& from, const Digest32& asked,
                 const HandshakeDatagram& datagram);
  void refuse(const LinkPath& path, std::uint32_t receiver);
  [[nodiscard]] std::optional<VerifiedNode> introduced(const NoiseHandshake& noise,
                                                       const Introduction& introduction);
  [[nodiscard]] NoiseHandshake handshake(NoisePattern pattern, NoiseRole role,
                                         std::optional<Key32> remote_static);
  [[nodiscard]] HandshakeNumber next_number();
  [[nodiscard]] bool ours_wins(TimePoint now, const LinkPath& path, const NodeId* peer);
  void make_room_for_half_open();
  void advance_initiations(TimePoint now);
  [[nodiscard]] Duration half_open_life(const LinkPath& path) const;
  [[nodiscard]] SessionResend::Policy policy(SessionResend::Policy usual,
                                             const LinkPath& path) const;

  LocalNode local_;
  CertificateHash own_certificate_;
  PeerVerifier& verifier_;
  ports::Random& random_;
  Limits limits_;
  SeededRandom jitter_;
  HandshakeMac mac_;
  HandshakeNumbers numbers_;
  HandshakeGate gate_;
  RateCredit confirmations_;
  CookieSeal cookie_seal_;
  CookieMaker cookie_maker_;
  CookieJar cookie_jar_;
  std::map<LinkId, Duration> paces_;  ///< of slow links: how long an answer may take
  std::uint32_t handshakes_begun_ = 0;
  std::uint64_t sessions_numbered_ = 0;
  std::map<std::uint32_t, Initiation> initiations_;
  std::map<std::uint32_t, HalfOpen> half_open_;
  Sessions sessions_;
  std::map<NodeId, Peer> peers_;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::security
