// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/overlay/reconciler.hpp"
#include "core/overlay/record_table.hpp"
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
  std::size_t floors_max = 20000;            ///< some 100 octets each
  std::chrono::seconds lifetime_max = std::chrono::hours{24 * 366};
  std::chrono::seconds tombstone_lifetime_min = std::chrono::hours{1};
  Duration listen_before_writing = std::chrono::seconds{2};
  Duration claim_within = std::chrono::minutes{10};  ///< then what an earlier life wrote is removed
  Duration rewrite_pause_min = std::chrono::seconds{1};  ///< two clones must not chase each other
  Duration rewrite_pause_max = std::chrono::minutes{5};
  WriteRateLimits write_rate;  ///< of each foreign writer
  ReconcilerLimits reconciler;
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

/// The overlay's phone book: signed records, each with one writer, replicated to every node.
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
  /// Somebody writes under the same identity: one version, two contents.
  struct Alarm {
    Kind kind;
    std::string resource;
    NodeId writer;
    Version version;
  };
  using Output = std::variant<Send, Changed, Alarm>;
  struct Counters {
    std::uint64_t accepted = 0;     ///< foreign records taken as new
    std::uint64_t known = 0;        ///< seen before, or older than what is held
    std::uint64_t expired = 0;      ///< arrived too old, or below the floor
    std::uint64_t not_allowed = 0;  ///< the policy does not let that writer write that
    std::uint64_t bad_signature = 0;
    std::uint64_t over_limits = 0;  ///< lifetime, or no room
    std::uint64_t too_often = 0;    ///< the writer's rate
    std::uint64_t clones = 0;       ///< same version, different content
    std::uint64_t rewritten = 0;    ///< own records written anew above a version heard of
    std::uint64_t store_failures = 0;
    std::uint64_t unreadable_stored = 0;
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

  [[nodiscard]] std::vector<RecordView> find(Kind kind, std::string_view resource) const;
  [[nodiscard]] std::vector<RecordView> all(Kind kind) const;
  /// Equal on two nodes that hold the same versions of everything.
  [[nodiscard]] DirectoryDigest digest() const { return table_.digest(); }
  [[nodiscard]] std::size_t records() const { return table_.size(); }  ///< with tombstones
  [[nodiscard]] std::size_t bytes() const { return table_.bytes(); }
  /// What is held, tombstones too, by key hash.
  [[nodiscard]] std::vector<Item> listing() const { return table_.items(0, ~KeyHash{0}); }
  /// The highest version ever held of what has that hash, as far as remembered.
  [[nodiscard]] std::optional<Version> highest(KeyHash hash) const;
  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }  ///< of own writes; 0 when listening

  /// See Reconciler.
  void set_pace(Duration answer_within) { reconciler_.set_pace(answer_within); }
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
  void overtaken(TimePoint now, const RecordKey& key, Version version);
  void drop_declined_stale(const Decline::Each& declined);
  void keep(TimePoint now, Record record, TimePoint born, bool stale);
  void expire(TimePoint now);
  void retire(const RecordKey& key);
  void schedule_expiry(TimePoint expires);
  void changed(const RecordKey& key, bool deleted);
  [[nodiscard]] RecordView view(const Entry& entry) const;

  NodeId self_;
  ports::Signer& signer_;
  ports::RecordPolicy& policy_;
  ports::RecordStore& store_;
  Limits limits_;
  SeededRandom random_;
  RecordTable table_;
  Reconciler reconciler_;
  WriteRate write_rate_;
  std::map<OwnKey, Wish> wishes_;
  std::uint32_t highest_epoch_ = 0;  ///< ever seen of our own
  std::uint32_t epoch_ = 0;
  std::uint32_t sequence_ = 0;
  std::optional<TimePoint> listen_until_;
  std::optional<TimePoint> claim_until_;
  std::optional<TimePoint> next_expiry_;  ///< or earlier
  std::optional<TimePoint> rewrite_at_;
  TimePoint rewrite_not_before_{};
  Duration rewrite_pause_;
  std::deque<Output> out_;
  Counters counters_;
};

}  // namespace muster::overlay
