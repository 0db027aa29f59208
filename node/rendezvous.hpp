// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/mesh/next_hops.hpp"
#include "core/overlay/directory.hpp"
#include "core/ports/digest.hpp"
#include "core/ports/record_policy.hpp"
#include "core/ports/signer.hpp"
#include "node/delegations.hpp"
#include "node/introductions.hpp"
#include "node/post_directory.hpp"
#include "node/report.hpp"
#include "security/end_to_end.hpp"
#include "security/kit.hpp"
#include "security/trust_store.hpp"
#include "security/user_prekey.hpp"
#include "sip/locator.hpp"
#include "sip/registered_phone.hpp"

namespace muster::node {

/// From a name to where that user is now: the directory, with the certificates that say who may
/// write in it, as the SIP edge and the sealing see it.
///
/// Each node writes its own record, its prekey, the certificates and prekeys of itself and of the
/// users at home here, a binding for each user who has a phone registered here, and for each user
/// at home here a delegation to the other nodes that his phones visit.
class Rendezvous final : public sip::Locator, public security::PeerKeys, public PostDirectory {
 public:
  struct Send {
    NodeId to;
    Bytes message;
    Precedence precedence;
  };
  /// To any node; may be lost.
  struct SendToNode {
    NodeId to;
    Bytes message;
    Precedence precedence;
    bool look_up;
    std::optional<LinkPath> path;  ///< straight to that address, without a session
  };
  /// What came of find_node().
  struct NodeFound {
    NodeId node;
    std::optional<LinkPath> path;
    std::optional<Duration> round_trip;  ///< of a question there, if one was measured
  };
  /// What came of look_up() or look_up_service().
  struct LookedUp {
    std::uint64_t number;
    std::string aor;  ///< or the name of the service
    overlay::LookUps::Outcome outcome;
    unsigned holders;  ///< who may know
    unsigned silent;   ///< of them
  };
  /// Where a user is has changed. AoR without scheme.
  struct BindingsChanged {
    std::string aor;
  };
  /// A node of the user's has another prekey for him, or its first. AoR without scheme.
  struct UserPrekeysChanged {
    std::string aor;
  };
  /// A home of the user has vouched for this node. AoR without scheme.
  struct VouchedFor {
    std::string aor;
  };
  /// Somebody else writes with the identity of `node`: a copied disk or a stolen key.
  struct ClonedIdentity {
    NodeId node;
  };
  /// A phone that set_phones() spoke of has been registered at another node too. `unaware`: what is
  /// written of it here does not show a later time than that.
  struct PhoneElsewhere {
    std::string aor;
    std::uint64_t instance;
    NodeId at;
    TimePoint registered_at;  ///< or somewhat later: ages are rounded up on their way
    bool unaware;
  };
  /// set_phones() is to be called again for that user: the times it gave have changed since.
  struct Restate {
    std::string aor;
  };
  using Output =
      std::variant<Send, SendToNode, LookedUp, NodeFound, BindingsChanged, UserPrekeysChanged,
                   VouchedFor, PhoneElsewhere, Restate, ClonedIdentity>;

  /// `hops` says which nodes are reachable now. All references outlive this.
  Rendezvous(const security::Kit& kit, security::TrustStore& trust, const mesh::NextHops& hops,
             ports::RecordStore& store, const overlay::DirectoryLimits& limits, std::uint64_t seed);

  void start(TimePoint now, std::uint32_t boot, const security::Prekey& own_prekey);
  void set_pace(Duration answer_within) { directory_.set_pace(answer_within); }
  /// Whether some links carry no directory. Then the certificates of the kit speak for nodes within
  /// reach of which the directory knows nothing: their users are taken to be at home, and what is
  /// sealed to them is sealed to the key in the certificate. `only` such links: nobody at another
  /// node is expected to answer while somebody waits.
  void set_without_directory(bool some, bool only) {
    without_directory_ = some;
    only_without_directory_ = only;
  }
  /// How many hear what this node says to all.
  void set_audience(std::size_t count) { directory_.set_audience(count); }
  void neighbour_up(TimePoint now, const NodeId& neighbour);
  void neighbour_down(TimePoint now, const NodeId& neighbour);
  void receive(TimePoint now, const NodeId& from, BytesView message);
  /// What receive() is for neighbours, for all that SendToNode brings.
  void receive_from_node(TimePoint now, const NodeId& from, BytesView message);
  /// Likewise, of what came without a session.
  void receive_direct(TimePoint now, const overlay::Contact& from, BytesView message);
  /// See overlay::Directory.
  void set_direct(TimePoint now, bool possible, std::size_t provisioned);
  void find_node(TimePoint now, const NodeId& node, bool afresh = false);
  void add_entrance(TimePoint now, const LinkPath& path);
  void route_changed(TimePoint now, const NodeId& node, bool is_reachable);
  /// Whether it lies at some nodes only, so that look_up() must come before nodes_of().
  [[nodiscard]] bool must_ask() const { return directory_.must_ask(); }
  enum class Purpose : std::uint8_t {
    call,     ///< where the user is
    message,  ///< and what to seal for him with
  };
  /// AoR without scheme. The answer is LookedUp with this number.
  std::uint64_t look_up(TimePoint now, std::string_view aor, Purpose purpose);
  /// AoR without scheme.
  void publish_user_prekey(TimePoint now, std::string_view aor, const security::UserPrekey& prekey);
  void withdraw_user_prekey(TimePoint now, std::string_view aor);
  /// The user has phones here; those among them that name themselves. AoR without scheme.
  void set_phones(TimePoint now, const std::string& aor, std::vector<sip::RegisteredPhone> phones);
  /// The last of them has gone.
  void remove_binding(TimePoint now, const std::string& aor);
  /// What this node offers to everybody from now on, of services by their names, and a note for
  /// people; what else it offered, be it in an earlier life, it does no more.
  void offer(TimePoint now, const std::vector<std::string>& services, const std::string& note);
  /// Somebody says of himself that he offers a service.
  struct Offer {
    std::string service;
    NodeId node;
    std::string note;
    TimePoint born;
    bool stale;  ///< known from before this node's start, and confirmed by nobody since
  };
  /// As far as is known here; of one service or, if it is empty, of all.
  [[nodiscard]] std::vector<Offer> offers(std::string_view service) const;
  /// Where not all that nodes say of themselves is here; the answer is LookedUp with this number.
  std::uint64_t look_up_service(TimePoint now, const std::string& service);
  /// Whether what that node says of itself to everybody has come here in this life.
  [[nodiscard]] bool heard_of(const NodeId& node) const;
  /// This node is a home of the user; a phone at `visited` has proven to be his. True if none had
  /// of late. AoR without scheme.
  bool delegate(TimePoint now, const std::string& aor, const NodeId& visited);
  /// Writes this node's own record anew and reads it back.
  [[nodiscard]] HealthReport check_health(TimePoint now);
  void advance(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  // sip::Locator, and for all but user_exists PostDirectory
  [[nodiscard]] std::vector<NodeId> nodes_of(std::string_view aor) const override;
  [[nodiscard]] bool user_exists(std::string_view aor) const override;
  [[nodiscard]] bool reachable(const NodeId& node) const override;
  [[nodiscard]] std::vector<NodeId> homes_of(std::string_view aor) const override;
  [[nodiscard]] bool may_speak_for(const NodeId& node, std::string_view aor) const override;
  [[nodiscard]] bool may_answer_soon(std::string_view aor) const override;

  // PostDirectory and security::PeerKeys
  [[nodiscard]] bool is_brief(const NodeId& node) const override;
  [[nodiscard]] std::optional<std::string> user_at_home(const NodeId& home,
                                                        BytesView hint) const override;
  [[nodiscard]] bool is_home(const NodeId& node, std::string_view aor) const override;
  [[nodiscard]] std::vector<std::string> visitors() const override;
  [[nodiscard]] std::vector<PrekeyAt> user_prekeys(std::string_view aor) const override;
  [[nodiscard]] std::optional<security::Key32> user_key(std::string_view aor) const override;
  [[nodiscard]] std::optional<security::MessageSender> sender(
      const security::CertificateRef& ref) const override;

  // security::PeerKeys, and for the second PostDirectory
  [[nodiscard]] std::optional<security::Prekey> prekey(const NodeId& node) const override;
  [[nodiscard]] std::optional<security::Key32> signing_key(const NodeId& node) const override;
  [[nodiscard]] std::optional<security::Key32> certificate_key(const NodeId& node) const override;
  [[nodiscard]] std::uint32_t dictionary(const NodeId& node) const override;

  /// Users with a live binding at `node`. AoRs without scheme.
  [[nodiscard]] std::vector<std::string> users_at(const NodeId& node) const;
  [[nodiscard]] std::vector<UserReport> users() const;
  /// Who have a phone registered somewhere, as far as is known here.
  [[nodiscard]] std::size_t registered_users() const;
  /// Empty if no certificate of that node is known.
  [[nodiscard]] std::string name_of(const NodeId& node) const;
  [[nodiscard]] const overlay::Directory& directory() const { return directory_; }

 private:
  /// Signs records with the node's key.
  class RecordSigner final : public ports::Signer {
   public:
    explicit RecordSigner(const security::Key32& key) : key_(key) {}
    Bytes sign(BytesView text) override;

   private:
    security::Key32 key_;
  };
  class Sha256 final : public ports::Digest {
   public:
    std::array<std::uint8_t, 32> sha256(BytesView text) override { return security::sha256(text); }
  };
  /// RELOAD's access policies over this overlay's certificates.
  class Policy final : public ports::RecordPolicy {
   public:
    explicit Policy(security::TrustStore& trust) : trust_(trust) {}
    bool may_write(std::uint16_t kind, std::string_view resource, const NodeId& writer) override;
    bool verify(const NodeId& writer, BytesView text, BytesView signature) override;
    /// A certificate is that of its name, and of this overlay.
    bool sound(std::uint16_t kind, std::string_view resource, BytesView value) override;
    std::optional<std::string> placed_at(std::uint16_t kind, std::string_view resource,
                                         BytesView value) override;
    std::optional<std::string> searched_at(std::uint16_t kind, std::string_view resource) override;
    /// The user's homes, unless they are many, and the nodes that his phones visit.
    std::vector<NodeId> concerned(std::string_view aor) override;
    [[nodiscard]] bool is_home(const NodeId& writer, std::string_view aor) const;
    /// A home of the user or, by the word of one, a node that one of his phones visits.
    [[nodiscard]] bool may_bind(const NodeId& writer, std::string_view aor) const;
    /// Where delegations are found; outlives this.
    void look_in(const overlay::Directory& directory) { directory_ = &directory; }
    /// Writers of whom no certificate is known, since the last time.
    [[nodiscard]] std::vector<NodeId> take_unknown() { return std::exchange(unknown_, {}); }

   private:
    static constexpr std::size_t unknown_max = 16;  ///< at a time
    security::TrustStore& trust_;
    std::vector<NodeId> unknown_;
    const overlay::Directory* directory_ = nullptr;
  };

  /// True if a certificate came that was not known.
  bool settle(TimePoint now);
  bool put_own_node(TimePoint now);
  void put_own_certificates(TimePoint now);
  void hear_node(TimePoint now, const NodeId& writer, const std::string& resource);
  bool changed(TimePoint now, const overlay::Directory::Changed& change);
  void restore_delegations(TimePoint now);
  void write_delegation(TimePoint now, const std::string& aor);
  void look_for_phones(TimePoint now, const std::string& aor);
  bool trust_new_certificate(TimePoint now, const std::string& resource);

  NodeId self_;
  const security::Kit& kit_;
  security::TrustStore& trust_;
  const mesh::NextHops& hops_;
  RecordSigner signer_;
  Sha256 digest_;
  Policy policy_;
  overlay::Directory directory_;
  Introductions introductions_;
  struct OwnBinding {
    std::vector<sip::RegisteredPhone> phones;  ///< as written
    std::optional<TimePoint> restate_at;
  };
  std::map<std::string, OwnBinding> own_bindings_;  ///< by AoR
  Delegations delegations_{Delegations::Limits{}};
  std::optional<TimePoint> look_again_at_;
  std::map<std::uint64_t, std::string> looking_up_;  ///< AoRs
  std::uint32_t health_checks_ = 0;
  bool without_directory_ = false;
  bool only_without_directory_ = false;
  std::deque<Output> outputs_;
};

}  // namespace muster::node
