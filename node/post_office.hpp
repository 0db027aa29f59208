// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/precedence.hpp"
#include "core/base/time.hpp"
#include "core/dtn/outbox.hpp"
#include "core/ports/random.hpp"
#include "core/ports/state_store.hpp"
#include "node/post_directory.hpp"
#include "node/post_message.hpp"
#include "node/user_prekeys.hpp"
#include "node/visits.hpp"
#include "security/kit.hpp"
#include "security/sealed_message.hpp"
#include "security/user_prekey.hpp"
#include "sip/edge.hpp"

namespace muster::node {

struct PostOfficeLimits {
  std::size_t attempts_max = 4096;      ///< one for each recipient; a sealed message each
  std::size_t shows_max = 256;          ///< being shown to phones here; 200 octets each
  std::size_t told_prekeys_max = 1024;  ///< by their nodes themselves; 100 octets each
  VisitsLimits visits;
  unsigned sealed_again_max = 2;  ///< within one attempt
  Duration give_up_after = std::chrono::seconds{20};
};

/// Brings the messages that wait in the outbox to their recipients' nodes, sealed from user to
/// user, and shows those that come here for users who are at home here or visit this node.
///
/// The origin keeps a message until the recipient's signed receipt comes, and seals it again from
/// its own copy when the recipient's node cannot open it. The far node shows it once (sip::Edge
/// remembers on stable storage) and sends a receipt for every copy.
///
/// A pure state machine. AoRs are without scheme. What makes no sense is counted and dropped.
class PostOffice {
 public:
  using Limits = PostOfficeLimits;
  using Kind = sip::Edge::StoredOutcome::Kind;

  /// The longest SIP request whose sealed form still fits into one message of Delivery.
  static constexpr std::size_t request_bytes_max = 30000;

  /// A user whose key this node has.
  struct HomeUser {
    security::MessageSigner signer;
    /// At home everywhere: his prekey is published once he has had a phone here, since one record
    /// for every node and such user would fill the directory.
    bool everywhere = false;
  };

  [[nodiscard]] static std::vector<HomeUser> home_users_of(const security::Kit& kit);

  struct Send {
    NodeId to;
    Bytes message;
    Precedence precedence;
    Duration give_up_after;
    std::uint64_t number;  ///< for gave_up(); 0 if nobody cares
    /// Sealed, but not acknowledged: the answer to it is.
    bool brief = false;
  };
  /// For sip::Edge::show_message.
  struct Show {
    std::uint64_t number;
    std::string sender;
    std::string recipient;
    Bytes request;
    std::string identity{};  ///< empty: the request says it
  };
  /// For sip::Edge::attempt_stored: the sender's home is elsewhere, so nobody can seal for him, or
  /// the recipient's phone has just come to a node that is not his home and has no prekey yet.
  struct AttemptBySip {
    dtn::MessageId id;
    std::string to;
    Bytes request;
  };
  /// For dtn::Outbox::outcome.
  struct Ended {
    dtn::MessageId id;
    dtn::Outcome outcome;
    bool receipt = false;  ///< the recipient's word came from afar
  };
  struct PublishPrekey {
    std::string aor;
    security::UserPrekey prekey;
  };
  /// The user's visit has ended.
  struct WithdrawPrekey {
    std::string aor;
  };
  using Output = std::variant<Send, Show, AttemptBySip, Ended, PublishPrekey, WithdrawPrekey>;

  struct Counters {
    std::uint64_t sealed = 0;
    std::uint64_t sealed_again = 0;
    std::uint64_t sealed_brief = 0;  ///< told from home to home in few octets
    std::uint64_t opened = 0;
    std::uint64_t receipts = 0;  ///< that ended the waiting
    std::uint64_t waiting_for_prekey = 0;
    std::uint64_t malformed = 0;
    std::uint64_t unopenable = 0;       ///< its sender was asked to seal it again
    std::uint64_t not_ours = 0;         ///< for nobody at home or on a visit here
    std::uint64_t unknown_senders = 0;  ///< their certificates are not here (yet)
    std::uint64_t forged = 0;           ///< messages, receipts and requests with a wrong signature
    std::uint64_t unmatched = 0;        ///< answers about what does not wait (any more)
    std::uint64_t over_limit = 0;
    std::uint64_t prekeys_signed = 0;  ///< for nodes that users at home here visit
  };

  /// This node: it signs for users who visit it, of whom it has no key.
  struct Self {
    NodeId id;
    security::Secret32 ed25519_private;
  };

  /// All references outlive this.
  PostOffice(Self self, std::vector<HomeUser> users, const PostDirectory& directory,
             const dtn::Outbox& outbox, ports::StateStore& state, ports::Random& random)
      : PostOffice(std::move(self), std::move(users), directory, outbox, state, random, Limits{}) {}
  PostOffice(Self self, std::vector<HomeUser> users, const PostDirectory& directory,
             const dtn::Outbox& outbox, ports::StateStore& state, ports::Random& random,
             Limits limits);

  /// How long an answer takes on the slowest link.
  void set_pace(Duration answer_within) {
    limits_.give_up_after = std::max(limits_.give_up_after, 40 * answer_within);
  }
  void start(TimePoint now);
  /// The outbox wants a message delivered. `phone_here`: the recipient has one at this node too.
  void attempt(TimePoint now, const dtn::Outbox::Attempt& attempt, bool phone_here);
  /// The message will not be attempted any more.
  void forget(dtn::MessageId id);
  void receive(TimePoint now, const NodeId& from, BytesView message);
  /// The end of Show.
  void shown(TimePoint now, const sip::Edge::Shown& shown);
  /// Delivery gave up on the Send of that number, or brought it to the other node.
  void gave_up(std::uint64_t number);
  void arrived(std::uint64_t number) { sends_.erase(number); }
  /// The router has lost the node: no answer will come, so the next attempt need not wait for it.
  void node_lost(const NodeId& node);
  /// A phone of the user has registered here, or a home has vouched for this node where one has.
  void user_arrived(TimePoint now, const std::string& aor);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const {
    return earlier(prekeys_.deadline(), visits_.deadline());
  }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const UserPrekeys::Counters& prekey_counters() const { return prekeys_.counters(); }

 private:
  struct Attempt {
    std::string from;
    std::string to;
    Precedence precedence = Precedence::routine;
    std::vector<security::Key32> prekeys;  ///< for which `sealed` was made
    Bytes sealed;
    std::vector<security::SealedMessageId> names;  ///< of all that were made of this message
    std::set<NodeId> pending;                      ///< nodes that have not said what became of it
    bool pending_here = false;
    bool refused = false;     ///< by some phone, for good
    bool still_open = false;  ///< some phone may take it another time
    unsigned sealed_again = 0;
  };
  using Attempts = std::map<dtn::MessageId, Attempt>;
  /// A message of another node that is being shown here.
  struct Showing {
    NodeId origin;
    security::SealedMessageId name;
    std::string sender;
    std::string recipient;
    bool brief = false;
  };

  void publish(const HomeUser& user);
  void renewed(TimePoint now);
  [[nodiscard]] std::vector<std::string> served_users() const;
  void end_visits();
  void ask_homes_to_sign(TimePoint now);
  [[nodiscard]] security::Signature64 sign_for(std::string_view recipient, BytesView text) const;
  [[nodiscard]] bool is_word_of(std::string_view recipient, const NodeId& from, BytesView text,
                                const security::Signature64& signature) const;
  [[nodiscard]] const HomeUser* home_user(std::string_view aor) const;
  [[nodiscard]] std::vector<PrekeyAt> prekeys_of(std::string_view aor);
  [[nodiscard]] bool seal(Attempt& attempt, BytesView request, const std::set<NodeId>& nodes_first);
  void send_sealed(dtn::MessageId id, const Attempt& attempt, const NodeId& to);
  [[nodiscard]] bool send_brief(Attempt& attempt, BytesView request, std::string_view identity,
                                const NodeId& to);
  void show_here(dtn::MessageId id, Attempt& attempt, BytesView request);
  enum class Why { refused, not_now };
  /// The attempt has ended at that node without the message being shown.
  void without(dtn::MessageId id, const NodeId& node, Why why);
  void end_if_settled(dtn::MessageId id, const Attempt& attempt);
  void expect_nothing(dtn::MessageId id);
  [[nodiscard]] Attempts::iterator find(const security::SealedMessageId& name);

  void take(TimePoint now, const NodeId& from, const PostedMessage& message);
  void take(TimePoint now, const NodeId& from, const Receipt& receipt);
  void take(TimePoint now, const NodeId& from, const SealAgain& request);
  void take(TimePoint now, const NodeId& from, const NotNow& answer);
  void take(TimePoint now, const NodeId& from, const SignPrekey& request);
  void take(TimePoint now, const NodeId& from, const PrekeySigned& answer);
  [[nodiscard]] std::vector<std::string> recipients_of(BytesView sealed) const;
  void open(const NodeId& from, BytesView sealed, const std::string& recipient);
  void ask_to_seal_again(const NodeId& from, BytesView sealed, const std::string& recipient);
  void answer(const NodeId& to, const PostMessage& message);
  // post_office_brief.cpp
  void take(TimePoint now, const NodeId& from, const BriefMessage& message);
  void take(TimePoint now, const NodeId& from, const BriefReceipt& receipt);
  void answer_brief(const Showing& showing, const sip::Edge::Shown& shown);
  [[nodiscard]] std::optional<std::string> user_here(BytesView hint) const;

  NodeId self_;
  security::Secret32 ed25519_private_;
  std::map<std::string, HomeUser, std::less<>> users_;  ///< by AoR
  const PostDirectory& directory_;
  const dtn::Outbox& outbox_;
  ports::Random& random_;
  Limits limits_;
  UserPrekeys prekeys_;
  std::set<std::string, std::less<>> published_;  ///< AoRs
  Visits visits_;
  Attempts attempts_;
  std::map<std::uint64_t, std::pair<dtn::MessageId, NodeId>> sends_;  ///< by number
  std::map<std::uint64_t, dtn::MessageId> shows_of_ours_;             ///< by number
  std::map<std::uint64_t, Showing> showing_;                          ///< by number
  /// By their nodes themselves, newer than what the directory had then.
  struct Told {
    security::Prekey prekey;
    std::optional<security::Key32> instead_of;
  };
  std::map<std::pair<std::string, NodeId>, Told> told_;
  std::uint64_t last_number_ = 0;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::node
