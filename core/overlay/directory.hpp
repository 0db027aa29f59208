// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/overlay/acquaintances.hpp"
#include "core/overlay/churn.hpp"
#include "core/overlay/look_ups.hpp"
#include "core/overlay/members.hpp"
#include "core/overlay/membership.hpp"
#include "core/overlay/reconciler.hpp"
#include "core/overlay/record_table.hpp"
#include "core/overlay/replicas.hpp"
#include "core/overlay/searches.hpp"
#include "core/overlay/spread.hpp"
#include "core/overlay/write_rate.hpp"
#include "core/ports/digest.hpp"
#include "core/ports/record_policy.hpp"
#include "core/ports/record_store.hpp"
#include "core/ports/signer.hpp"

namespace muster::overlay {

struct DirectoryLimits {
  std::size_t records_max = 10000;           ///< taken from others; own ones have room beside them
  std::size_t bytes_max = 8 * 1024 * 1024;   ///< of bodies and signatures, in memory and on disk
  std::size_t records_per_writer_max = 512;  ///< so that one captured node cannot fill it
  std::size_t bytes_per_writer_max = 256 * 1024;  ///< nor a few of them together
  std::size_t floors_max = 20000;                 ///< some 100 octets each
  std::chrono::seconds lifetime_max = std::chrono::hours{24 * 366};
  std::chrono::seconds tombstone_lifetime_min = std::chrono::hours{1};
  Duration listen_before_writing = std::chrono::seconds{2};
  Duration claim_within = std::chrono::minutes{10};  ///< then what an earlier life wrote is removed
  /// A record of ours above all we wrote, and so much younger than our first: somebody else wrote
  /// it.
  Duration clone_margin = std::chrono::seconds{30};
  Duration rewrite_pause_min = std::chrono::seconds{1};  ///< two clones must not chase each other
  Duration rewrite_pause_max = std::chrono::minutes{5};
  WriteRateLimits write_rate;  ///< of each foreign writer
  ReconcilerLimits reconciler;
  MembersLimits members;
  LookUpLimits look_ups;
  ReplicasLimits replicas;
  SpreadLimits spread;
  MembershipLimits membership;
  AcquaintancesLimits acquaintances;
  SearchLimits searches;
  /// Copies of a placed record: one of them is to survive with this probability when so many of the
  /// nodes die at once.
  double survival = 1 - 1e-6;
  double deaths = 0.5;
  std::optional<unsigned> copies;  ///< given instead
  /// What churn is taken from, and how long a copy that went with its node is missing at most
  /// where nothing is lost: noticed, reviewed, stored anew.
  Duration churn_memory = std::chrono::minutes{10};
  Duration repaired_within = std::chrono::seconds{60};
  std::size_t found_bytes_max = 4000;  ///< of one answer; the rest of a name is left out
  /// What was found elsewhere answers the next question without asking again, and is kept.
  Duration found_fresh_for = std::chrono::seconds{10};
  Duration found_kept_for = std::chrono::minutes{1};
  /// How long the writer of a record must be out of reach before its holders care for it.
  Duration orphaned_after = std::chrono::seconds{20};
  Duration upkeep_interval = std::chrono::seconds{10};
  /// Where a record is no longer placed it is forgotten, once those who hold it now had time.
  Duration misplaced_kept_for = std::chrono::minutes{10};
  // Where nodes are known in buckets.
  std::size_t sought_bytes_max = 1000;  ///< of one answer: it is one datagram
  /// Whose place it is to hold a record is found out anew: soon at first, while all are still
  /// finding each other, then three times as late each time, and in the end when about that share
  /// of those who held it has gone.
  Duration placed_again_min = std::chrono::seconds{10};
  Duration placed_again_max = std::chrono::minutes{30};
  double placed_again_gone = 0.25;
  Duration upkeep_interval_searched = std::chrono::seconds{60};
  /// After a sign that others place what this node replicates to everybody.
  Duration others_place_for = std::chrono::minutes{2};
};

/// One record as readers see it; the views live until the next call that is not const.
struct RecordView {
  Kind kind{};
  std::string_view resource;
  NodeId writer;
  Version version;
  BytesView value;
  TimePoint born;  ///< now minus age
  std::chrono::seconds lifetime{};
  bool own = false;
  bool stale = false;  ///< from before the restart and not yet confirmed by a neighbour: a hint
};

/// The overlay's phone book: signed records, each with one writer. While all of it fits it is
/// replicated to every node, and a look-up asks nobody; beyond that what is said of users lies at
/// the nodes closest to their names, and what is said of nodes still lies at all.
///
/// A pure state machine. `start` once, then tell it of neighbours and of their messages. Own
/// records are renewed for as long as they are wanted. No clock and no server decides what is
/// newest: the writer's version does, and lifetimes count by age.
class Directory {
 public:
  using Limits = DirectoryLimits;
  struct Send {
    NodeId to;
    Bytes message;
    Precedence precedence;
  };
  /// A record appeared, changed (also by our own hand), was deleted or expired.
  struct Changed {
    Kind kind;
    std::string resource;
    NodeId writer;
    bool deleted;
  };
  /// Somebody writes under the same identity: one version, two contents; or, where the writer is
  /// this node, a version that it never wrote and that is younger than its start.
  struct Alarm {
    Kind kind;
    std::string resource;
    NodeId writer;
    Version version;
  };
  /// To a node anywhere. It may be lost: questions are asked again.
  struct SendToNode {
    NodeId to;
    Bytes message;
    Precedence precedence;
    bool look_up;                    ///< part of one; else it is about copies
    std::optional<LinkPath> path{};  ///< straight to that address, without a session; then whose
                                     ///< it is may not be known yet
  };
  /// What came of look_up(): what was found is in find() by now.
  using LookedUp = LookUps::Ended;
  /// What came of find_node(): where the node is, if it has answered.
  struct NodeFound {
    NodeId node;
    std::optional<LinkPath> path;
    std::optional<Duration> round_trip{};  ///< of a question there, if one was measured
  };
  using Output = std::variant<Send, Changed, Alarm, SendToNode, LookedUp, NodeFound>;
  struct Counters {
    std::uint64_t accepted = 0;     ///< foreign records taken as new
    std::uint64_t known = 0;        ///< seen before, or older than what is held
    std::uint64_t expired = 0;      ///< arrived too old, or below the floor
    std::uint64_t not_allowed = 0;  ///< the policy does not let that writer write that
    std::uint64_t bad_signature = 0;
    std::uint64_t unsound = 0;      ///< what proves itself did not
    std::uint64_t over_limits = 0;  ///< lifetime, the kind's limits, or no room
    std::uint64_t too_often = 0;    ///< the writer's rate
    std::uint64_t clones = 0;       ///< how often two were seen to write as one
    std::uint64_t rewritten = 0;    ///< own records written anew above a version heard of
    std::uint64_t store_failures = 0;
    std::uint64_t unreadable_stored = 0;
    std::uint64_t malformed_from_nodes = 0;
    std::uint64_t unasked_answers = 0;  ///< to no question of ours, or to one that is over
    std::uint64_t fetches_answered = 0;
  };

  Directory(NodeId self, ports::Signer& signer, ports::RecordPolicy& policy,
            ports::RecordStore& store, ports::Digest& digest, Limits limits, std::uint64_t seed);

  /// Loads what the store holds and the policy allows, so the policy must know its writers by now;
  /// no Changed comes of it. `boot` is this start's number; epochs never fall below it.
  void start(TimePoint now, std::uint32_t boot);

  /// States what this node wants to be known, until `remove`. Written once listening has ended;
  /// the same again changes nothing. False if a limit is broken (nothing is changed then).
  bool put(TimePoint now, Kind kind, std::string_view resource, BytesView value,
           std::chrono::seconds lifetime);
  void remove(TimePoint now, Kind kind, std::string_view resource);

  /// As `everybody` at the start, and by itself from then on if the limits say how much may go
  /// there.
  void set_spread(TimePoint now, Spread spread);
  [[nodiscard]] Spread spread() const { return spread_; }
  /// Whether every link of this node takes a question for any address, as a link to the internet
  /// does; and how many nodes the kits of all nodes know. Then, of many nodes, only some are known.
  void set_direct(TimePoint now, bool possible, std::size_t provisioned);
  [[nodiscard]] Membership membership() const { return membership_; }
  /// Somebody is there; see Acquaintances.
  void add_entrance(TimePoint now, const LinkPath& path) { acquaintances_.add_entrance(now, path); }
  /// Where is it? Answered at once, as NodeFound, if it is known or nodes are not known in buckets;
  /// if it is known, only unless it is to be asked afresh whether it is there.
  void find_node(TimePoint now, const NodeId& node, bool afresh = false);
  /// As receive_from_node, of what came without a session. Whose it is has not been proven.
  void receive_direct(TimePoint now, const Contact& from, BytesView message);
  [[nodiscard]] std::size_t nodes_known() const;
  [[nodiscard]] std::size_t nodes_estimated() const;
  /// What is not here may all the same be elsewhere: this node places records, or others do.
  [[nodiscard]] bool must_ask() const { return placing_; }
  /// What all nodes say together, in octets; an estimate where not all of it is here.
  [[nodiscard]] std::size_t bytes_of_all() const;
  /// Asks those who hold what is said of `name` under `kinds`, the first of which is what must be
  /// found. Answered at once, as LookedUp, where what is held here says it all.
  std::uint64_t look_up(TimePoint now, Kind wanted, KindSet kinds, std::string_view name);
  /// There is a way to the node, or none any more.
  void reachable(TimePoint now, const NodeId& node, bool is_reachable);
  void receive_from_node(TimePoint now, const NodeId& from, BytesView message);
  /// Who is to hold what is said of that name, of those within reach; where everybody holds all,
  /// those whom it concerns.
  [[nodiscard]] std::vector<NodeId> holders(std::string_view name) const;
  [[nodiscard]] const Members& members() const { return members_; }
  [[nodiscard]] std::size_t copies() const;
  /// Copies of this node's records that are not known to be where they belong.
  [[nodiscard]] std::size_t copies_missing() const { return replicas_.missing(); }
  /// Held here only because it was looked up, or is no longer placed here.
  [[nodiscard]] bool only_cached(KeyHash hash) const;

  [[nodiscard]] std::vector<RecordView> find(Kind kind, std::string_view resource) const;
  [[nodiscard]] std::vector<RecordView> all(Kind kind) const;
  /// Equal on two nodes that hold the same versions of everything.
  [[nodiscard]] DirectoryDigest digest() const { return table_.digest(part()); }
  [[nodiscard]] std::size_t records() const { return table_.size(); }  ///< with tombstones
  [[nodiscard]] std::size_t bytes() const { return table_.bytes(); }
  /// What is held, tombstones too, by key hash.
  [[nodiscard]] std::vector<Item> listing() const { return table_.items(0, ~KeyHash{0}); }
  /// The highest version ever held of what has that hash, as far as remembered.
  [[nodiscard]] std::optional<Version> highest(KeyHash hash) const;
  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }  ///< of own writes; 0 when listening

  /// See Reconciler and Members.
  void set_pace(Duration answer_within) {
    reconciler_.set_pace(answer_within);
    members_.set_pace(answer_within);
  }
  /// How many hear what this node says to all.
  void set_audience(std::size_t count) { reconciler_.set_audience(count); }
  void neighbour_up(TimePoint now, const NodeId& neighbour);
  void neighbour_down(TimePoint now, const NodeId& neighbour);
  void receive(TimePoint now, const NodeId& from, BytesView message);
  /// The policy knows or allows more than before: what was refused is asked for again.
  void trust_changed(TimePoint now) { reconciler_.trust_changed(now); }
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const Reconciler::Counters& sync_counters() const { return reconciler_.counters(); }

 private:
  using OwnKey = std::pair<Kind, std::string>;
  struct Wish {
    Bytes value;
    std::chrono::seconds lifetime{};
    bool deleted = false;
    TimePoint renew_at;
    bool written = false;  ///< in this life, and not overtaken
  };
  enum class Verdict { taken, known, too_often, expired, refused };
  /// How a record came here.
  enum class Way { neighbour, stored, found };

  void load(TimePoint now, const ports::StoredRecord& stored);
  [[nodiscard]] bool authentic(const Record& record);
  void saw_own(Version version);
  void take_epoch();
  void end_listening(TimePoint now);
  void write(TimePoint now, const OwnKey& key, Wish& wish);
  void write_wishes(TimePoint now);
  void withdraw_unclaimed(TimePoint now);
  void judge(TimePoint now, const NodeId& from, Reconciler::Arrived arrived);
  [[nodiscard]] Verdict verdict(TimePoint now, const NodeId& from,
                                const Reconciler::Arrived& arrived);
  [[nodiscard]] Verdict compare(TimePoint now, const NodeId& from, const Entry& held,
                                const Reconciler::Arrived& arrived);
  [[nodiscard]] bool room_for(const Record& record) const;
  [[nodiscard]] bool within_kind_limits(const Record& record) const;
  void overtaken(TimePoint now, const RecordKey& key, Version version);
  void cloned(const RecordKey& key, Version version);
  void drop_declined_stale(const Decline::Each& declined);
  void keep(TimePoint now, Record record, TimePoint born, bool stale, bool cached = false);
  // directory_placed.cpp
  [[nodiscard]] Part part() const {
    return spread_ == Spread::everybody ? Part::whole : Part::everybodys;
  }
  [[nodiscard]] std::optional<Place> place_of(const Record& record);
  [[nodiscard]] bool stays_with_everybody(Kind kind, std::string_view name) const;
  void publish(TimePoint now, const RecordKey& key, std::optional<NodeId> from);
  void measure_churn(TimePoint now);
  void choose_spread(TimePoint now);
  void place_if_anybody_does(TimePoint now);
  [[nodiscard]] bool others_place(TimePoint now) const;
  void note_member(TimePoint now, const Entry& entry);
  void hear(TimePoint now, const NodeId& from, const Fetch& fetch);
  void hear(TimePoint now, const NodeId& from, const Found& found);
  void hear(TimePoint now, const NodeId& from, const Store& store);
  void hear(TimePoint now, const NodeId& from, const Proposal& proposal);
  void hear(TimePoint now, const NodeId& from, const Verdicts& verdicts);
  // directory_searched.cpp
  void hear(TimePoint now, const NodeId& from, const Seek& seek);
  void hear(TimePoint now, const NodeId& from, const Sought& sought);
  void hear_records(TimePoint now, const Contact& from, const Sought& sought,
                    const Searches::Question& asked);
  void choose_membership(TimePoint now);
  void set_membership(TimePoint now, Membership membership);
  void place_anew();
  void place_by_search(TimePoint now, const RecordKey& key, bool propose);
  void advance_searches(TimePoint now);
  void search_ended(TimePoint now, Searches::Ended ended);
  void keep_up_searched(TimePoint now);
  void let_go(TimePoint now, const RecordKey& key);
  [[nodiscard]] LookedUp judged(const Searches::Ended& ended);
  [[nodiscard]] std::vector<NodeId> closest(const Place& place, std::size_t count) const;
  /// Where the answer goes to what is being heard.
  [[nodiscard]] std::optional<LinkPath> back() const {
    return asker_ ? std::optional(asker_->path) : std::nullopt;
  }
  [[nodiscard]] Verdict judge_placed(TimePoint now, const NodeId& from, Record record,
                                     std::chrono::seconds age, bool cached);
  [[nodiscard]] bool known_here(TimePoint now, Kind wanted, std::string_view name) const;
  [[nodiscard]] bool is_holder(const Place& place) const;
  void keep_up(TimePoint now);
  void expire(TimePoint now);
  void retire(const RecordKey& key);
  void schedule_expiry(TimePoint expires);
  void changed(const RecordKey& key, bool deleted);
  [[nodiscard]] RecordView view(const Entry& entry) const;

  NodeId self_;
  ports::Signer& signer_;
  ports::RecordPolicy& policy_;
  ports::RecordStore& store_;
  ports::Digest& digest_;
  Limits limits_;
  SeededRandom random_;
  RecordTable table_;
  Reconciler reconciler_;
  WriteRate write_rate_;
  Members members_;
  LookUps look_ups_;
  Acquaintances acquaintances_;
  Searches searches_;
  Replicas replicas_;
  MembershipChoice membership_choice_;
  Membership membership_ = Membership::everybody;
  bool direct_ = false;           ///< buckets are possible
  std::optional<Contact> asker_;  ///< whose message is being heard, if it came without a session
  std::optional<TimePoint> membership_at_;
  /// What this node has to say lies there; by whom is found out now and then.
  struct Placement {
    TimePoint due{};
    Duration interval{};
    std::optional<std::uint64_t> search{};  ///< under way
    std::optional<TimePoint> searched_at{};
  };
  std::map<Place, Placement> placements_;
  std::set<std::uint64_t> look_up_searches_;       ///< the others are for upkeep
  std::map<std::uint64_t, NodeId> node_searches_;  ///< or for somebody
  SpreadChoice spread_choice_;
  Spread spread_ = Spread::everybody;
  Churn churn_;
  double departing_ = 0;  ///< probability that a member goes before its copies are replaced
  bool placing_ = false;  ///< what this node says of users goes to the closest (too)
  std::optional<TimePoint> others_place_until_;
  std::uint64_t last_look_up_ = 0;
  std::map<NodeId, TimePoint> out_of_reach_;  ///< since when; members only
  std::optional<TimePoint> upkeep_at_;
  std::map<OwnKey, Wish> wishes_;
  std::uint32_t highest_epoch_ = 0;  ///< ever seen of our own
  std::uint32_t epoch_ = 0;
  std::uint32_t sequence_ = 0;
  std::optional<TimePoint> listen_until_;
  std::optional<TimePoint> began_;  ///< when this life first could write
  std::optional<TimePoint> claim_until_;
  std::optional<TimePoint> next_expiry_;  ///< or earlier
  std::optional<TimePoint> rewrite_at_;
  TimePoint rewrite_not_before_{};
  Duration rewrite_pause_;
  std::deque<Output> out_;
  Counters counters_;
};

}  // namespace muster::overlay
