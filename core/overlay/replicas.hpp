// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/base/precedence.hpp"
#include "core/overlay/acquaintances.hpp"
#include "core/overlay/members.hpp"
#include "core/overlay/place_message.hpp"

namespace muster::overlay {

struct ReplicasLimits {
  std::size_t charges_max = 4096;      ///< records cared for; some 100 octets and 24 per copy
  std::size_t store_bytes_max = 1000;  ///< of one message, so that it is one frame where it can be
  std::size_t under_way_max = 32;      ///< nodes that are being asked at a time
  unsigned patience = 8;               ///< askings, then a silent node no longer stands in the way
  Duration retry_max = std::chrono::seconds{60};
  Duration refused_retry = std::chrono::seconds{2};  ///< doubled each time, up to retry_max
  /// After a change among the members, so that many make one review: nobody pulls at a newcomer.
  Duration review_after = std::chrono::seconds{1};
};

/// Sees to it that records are held where they are placed: stores what is new at the nodes closest
/// to it, and again whenever those are others, for as long as it is in charge of the record. A node
/// that does not answer is asked for ever, ever more rarely.
///
/// A pure state machine over a table that it only reads.
class Replicas {
 public:
  using Limits = ReplicasLimits;
  struct Send {
    NodeId to;
    Bytes message;
    Precedence precedence;
    std::optional<LinkPath> path;  ///< where no members are known, but places are searched for
  };
  struct Counters {
    std::uint64_t stored = 0;
    std::uint64_t refused = 0;
    std::uint64_t over_limit = 0;  ///< more records than can be cared for
  };

  /// All outlive this.
  Replicas(NodeId self, const RecordTable& table, Members& members, Acquaintances& acquaintances,
           Limits limits, std::uint64_t seed);

  /// Who is to hold what is told by place_found() alone from now on, or by the members again.
  void set_searched(bool searched);
  /// Those are the closest to the place, as a search has just found out. What they hold is asked
  /// anew: they may have started since, and lost some.
  void place_found(TimePoint now, const Place& place, std::vector<Contact> holders);
  /// How many of the nodes closest to a place hold what is placed there.
  void set_copies(TimePoint now, std::size_t copies);
  /// The table holds it (in a new version), and this node is in charge. `also`: nodes that want to
  /// have it wherever they are. `propose`: others may have it already; they are asked first.
  void charge(TimePoint now, const RecordKey& key, std::vector<NodeId> also, bool propose);
  void discharge(const RecordKey& key);
  void discharge_all();
  [[nodiscard]] bool in_charge(const RecordKey& key) const { return charges_.contains(key); }
  /// The node may have lost what it held.
  void doubt(TimePoint now, const NodeId& node);
  void receive(TimePoint now, const NodeId& from, const Verdicts& verdicts);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Send> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }
  /// Of the records in charge, the copies that are not known to be where they belong.
  [[nodiscard]] std::size_t missing() const;

 private:
  struct Charge {
    Place place;
    std::vector<NodeId> also;
    std::map<NodeId, Version> there;  ///< as they have said
  };
  struct Asking {
    std::uint32_t question = 0;
    std::uint8_t attempt = 0;
    TimePoint asked_at{};
    std::vector<std::pair<RecordKey, Version>> what;
    Bytes message;  ///< the same each time, but for its attempt
    Precedence precedence{};
  };
  /// All that one node is to hold and has not said that it holds.
  struct Errand {
    std::optional<LinkPath> path;
    std::map<RecordKey, bool> pending;  ///< true: proposed first
    std::optional<Asking> asking;
    TimePoint due{};
    unsigned silences = 0;
    unsigned refusals = 0;
  };

  void review(TimePoint now);
  [[nodiscard]] bool is_there(const NodeId& node) const {
    return searched_ || members_.is_reachable(node);
  }
  [[nodiscard]] Duration timeout(const NodeId& node, unsigned attempt) const;
  void heard(TimePoint now, const NodeId& node, std::optional<Duration> took);
  struct Target {
    NodeId id;
    std::optional<LinkPath> path;
  };
  [[nodiscard]] std::vector<Target> targets(const Charge& charge) const;
  void aim(TimePoint now, const RecordKey& key, Charge& charge, bool propose);
  void ask(TimePoint now, const NodeId& to, Errand& errand);
  [[nodiscard]] std::optional<Asking> next_asking(TimePoint now, Errand& errand);
  [[nodiscard]] bool patient(const Errand& errand) const {
    return errand.asking && errand.silences < limits_.patience;
  }

  NodeId self_;
  const RecordTable& table_;
  Members& members_;
  Acquaintances& acquaintances_;
  Limits limits_;
  bool searched_ = false;
  std::map<Place, std::vector<Contact>> found_;  ///< by search
  std::size_t copies_ = 1;
  std::uint32_t next_question_;
  std::map<RecordKey, Charge> charges_;
  std::map<NodeId, Errand> errands_;
  std::optional<TimePoint> review_at_;
  std::uint64_t reviewed_generation_ = 0;
  std::deque<Send> out_;
  Counters counters_;
};

}  // namespace muster::overlay
