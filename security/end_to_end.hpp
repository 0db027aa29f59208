// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/ports/random.hpp"
#include "security/crypto.hpp"
#include "security/end_to_end_wire.hpp"
#include "security/hpke.hpp"
#include "security/replay_window.hpp"
#include "security/secret.hpp"

namespace muster::security {

/// What sealing asks of the directory.
class PeerKeys {
 public:
  virtual ~PeerKeys() = default;
  /// The newest prekey that the node has signed.
  [[nodiscard]] virtual std::optional<Prekey> prekey(const NodeId& node) const = 0;
  /// The Ed25519 key of the node's certificate.
  [[nodiscard]] virtual std::optional<Key32> signing_key(const NodeId& node) const = 0;
  /// The X25519 key of the node's certificate, if that is known.
  [[nodiscard]] virtual std::optional<Key32> certificate_key(const NodeId& /*node*/) const {
    return std::nullopt;
  }
  /// The newest dictionary by which the node unpacks (wire::dictionary_newest); 0: none.
  [[nodiscard]] virtual std::uint32_t dictionary(const NodeId& /*node*/) const { return 0; }
  /// Whether what is sealed to the node is to cost as little as may be: it proves its sender by the
  /// keys of both certificates, not by a signature.
  [[nodiscard]] virtual bool is_brief(const NodeId& /*node*/) const { return false; }
};

struct OwnPrekey {
  std::uint32_t id = 0;
  Secret32 private_key;
};

enum class SealError : std::uint8_t { no_prekey, too_large };
enum class OpenError : std::uint8_t {
  malformed,
  unknown_prekey,   ///< or damaged: what cannot be decrypted looks alike
  unknown_context,  ///< its sender is asked for another, where `source` is known
  unknown_sender,   ///< the directory does not have its signing key (yet)
  forged,
  replayed,
  consumed,  ///< no error: it was for this layer itself
};
[[nodiscard]] std::string_view to_string(SealError error);
[[nodiscard]] std::string_view to_string(OpenError error);

/// Seals messages between nodes over the mesh: HPKE base mode to the recipient's prekey, the
/// sender and its signature inside, so that carriers do not learn the sender and a stolen prekey
/// forges nobody. One context per correspondent and direction: until the recipient has shown that
/// it has the context each message can make it (132 octets more), later ones cost 27. Where few
/// octets matter, HPKE auth mode makes the context instead (52 octets more): then whoever steals
/// the recipient's key can also make up messages, to that recipient alone.
///
/// Messages may be lost, repeated and change their order within 4096; each is opened once. A pure
/// state machine; `now` never runs backwards. A node that restarts has forgotten its windows: it
/// would open an old first message once more unless it has made a new prekey (do that).
class EndToEnd {
 public:
  static constexpr std::size_t first_overhead_bytes = FirstForm::overhead_bytes;
  static constexpr std::size_t brief_overhead_bytes = FirstForm::brief_overhead_bytes;
  static constexpr std::size_t later_overhead_bytes = LaterForm::overhead_bytes;

  struct Limits {
    std::size_t plaintext_bytes_max = 65535;
    std::size_t correspondents_max = 1024;  ///< about 400 octets each
    std::size_t contexts_max = 1024;        ///< of others; about 900 octets each
    std::size_t contexts_per_peer_max = 4;
    /// Contexts that were pushed out, so that their messages are not opened again; 64 octets each.
    std::size_t spent_contexts_max = 8192;
    std::size_t own_prekeys_max = 4;
    Duration context_life = std::chrono::hours{2};
    /// The context is shown in our next message; where there is none, after this.
    Duration show_after = std::chrono::milliseconds{100};
    /// Between two answers to what cannot be opened, per correspondent.
    Duration complain_again_after = std::chrono::seconds{1};
  };

  struct Opened {
    NodeId from;
    Bytes plaintext;
  };
  struct Send {
    NodeId to;
    Bytes sealed;
  };
  using Output = std::variant<Send>;

  struct Counters {
    std::uint64_t sealed_first = 0;
    std::uint64_t sealed_later = 0;
    std::uint64_t opened = 0;
    std::uint64_t refused = 0;     ///< all errors of open() but `consumed`
    std::uint64_t replayed = 0;    ///< thereof
    std::uint64_t forged = 0;      ///< thereof
    std::uint64_t complaints = 0;  ///< cannot_open sent
    std::uint64_t evicted = 0;
  };

  EndToEnd(NodeId self, const Key32& ed25519_private, const OwnPrekey& prekey,
           const PeerKeys& peers, ports::Random& random)
      : EndToEnd(self, ed25519_private, prekey, peers, random, Limits{}) {}
  EndToEnd(NodeId self, const Key32& ed25519_private, const OwnPrekey& prekey,
           const PeerKeys& peers, ports::Random& random, Limits limits);

  /// A newer prekey of our own; the ones before it still open, up to `own_prekeys_max`.
  void add_prekey(const OwnPrekey& prekey);
  /// The key in our certificate: it opens as well, for those who know no prekey of ours.
  void add_certificate_key(const Key32& x25519_private);
  /// Answers take so long: what is said only where there is nothing else to say waits for it.
  void set_pace(Duration answer_within);

  [[nodiscard]] Result<Bytes, SealError> seal(TimePoint now, const NodeId& to, BytesView plaintext);
  /// `source` is who the packet says it is from: only used to know whom to ask for a new context.
  [[nodiscard]] Result<Opened, OpenError> open(TimePoint now, BytesView sealed,
                                               std::optional<NodeId> source = std::nullopt);

  void advance(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Sending {
    HpkeSender hpke;
    EndToEndContextId id{};
    std::uint32_t prekey_id = 0;
    std::uint64_t next_sequence = 0;
    bool shown = false;  ///< the recipient has it
    bool brief = false;  ///< made in auth mode
    TimePoint born{};
  };
  struct Receiving {
    NodeId from;
    Key32 enc{};
    HpkeContext hpke;
    ReplayWindow<4096> window;
    TimePoint used;
  };
  struct Correspondent {
    std::optional<Sending> sending;
    std::optional<EndToEndContextId> to_show;
    TimePoint show_by{};
    std::optional<TimePoint> complained;
    std::optional<Prekey> told_prekey;  ///< by itself, newer than the directory's `refused_prekey`
    std::uint32_t refused_prekey = 0;
    TimePoint used{};
  };
  /// What a first form turns out to be, before it is believed.
  struct Candidate {
    FirstForm form;
    HpkeContext hpke;
    Bytes inside;
  };

  Correspondent& correspondent(TimePoint now, const NodeId& node);
  [[nodiscard]] std::optional<Prekey> prekey_of(const NodeId& node) const;
  [[nodiscard]] bool usable(TimePoint now, const Sending& sending, const Prekey& prekey) const;
  [[nodiscard]] std::optional<Sending> make_context(TimePoint now, const NodeId& to,
                                                    const Prekey& prekey);
  [[nodiscard]] Result<Bytes, SealError> seal_contents(TimePoint now, const NodeId& to,
                                                       bool control, BytesView body);
  [[nodiscard]] Bytes seal_first(const NodeId& to, Sending& sending, EndToEndFlags flags,
                                 BytesView contents);
  [[nodiscard]] Bytes seal_later(Sending& sending, EndToEndFlags flags, BytesView contents);

  Result<Opened, OpenError> open_first(TimePoint now, BytesView sealed,
                                       const std::optional<NodeId>& source);
  Result<Opened, OpenError> open_brief_first(TimePoint now, BytesView sealed,
                                             const std::optional<NodeId>& source);
  Result<Opened, OpenError> open_first_again(TimePoint now, BytesView sealed, const FirstForm& form,
                                             Receiving& receiving);
  Result<Opened, OpenError> open_later(TimePoint now, BytesView sealed,
                                       const std::optional<NodeId>& source);
  /// `sender`: of a brief form, the key in its certificate.
  [[nodiscard]] std::optional<Candidate> decrypt_first(
      BytesView sealed, const FirstForm& form, const std::optional<Key32>& sender = {}) const;
  Result<Opened, OpenError> take_contents(TimePoint now, const NodeId& from, EndToEndFlags flags,
                                          BytesView contents);
  void take_control(TimePoint now, const NodeId& from, const EndToEndControl& control);
  void must_show(TimePoint now, const NodeId& to, const EndToEndContextId& context);
  void complain(TimePoint now, const std::optional<NodeId>& about,
                const EndToEndContextId& context);
  void push_out(std::map<EndToEndContextId, Receiving>::iterator oldest);
  Receiving& remember(TimePoint now, const Candidate& candidate, const NodeId& from);

  NodeId self_;
  Secret32 signing_key_;
  std::vector<OwnPrekey> own_prekeys_;  ///< the newest last
  std::optional<OwnPrekey> certificate_key_;
  const PeerKeys& peers_;
  ports::Random& random_;
  Limits limits_;
  std::map<NodeId, Correspondent> correspondents_;
  std::map<EndToEndContextId, Receiving> receiving_;
  std::set<EndToEndContextId> spent_;
  std::deque<EndToEndContextId> spent_in_order_;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::security
