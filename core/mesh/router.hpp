// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "core/mesh/destination_routes.hpp"
#include "core/mesh/next_hops.hpp"
#include "core/mesh/route_message.hpp"
#include "core/mesh/unrest.hpp"

namespace muster::mesh {

/// Finds the next hop to every node of the mesh: the loop-free distance vector of RFC 8966 over
/// NodeIds instead of prefixes.
///
/// A pure state machine. What is told to all neighbours may be lost on the way: each telling is a
/// numbered revision of the table, the newest number is said again now and then, and whoever has
/// missed one asks its sender for what it told since. In a quiet mesh that number is all that is
/// sent.
///
/// In a mesh that moves too much is told and missed for that. There whole tables are told in
/// rounds, each with a newer version of their sender, and nobody asks: what was missed comes with
/// the next, and newer versions make new ways feasible before they are needed (as in DSDV, Perkins
/// and Bhagwat 1994, but with the feasibility condition of RFC 8966).
///
/// The caller's duty: a neighbour that has restarted is reported down, then up, before anything
/// is sent to it, because it no longer knows the feasibility distances it once stood for.
class Router final : public NextHops {
 public:
  struct Limits {
    std::size_t destinations_max = 1024;  ///< up to 150 octets each and 150 per neighbour heard
    std::size_t neighbours_max = 64;
    std::size_t message_bytes_max = 1000;   ///< of what is sent
    std::size_t input_bytes_max = 2048;     ///< of what is accepted
    std::size_t requests_waiting_max = 64;  ///< per neighbour
    Duration urgent_delay_min = std::chrono::milliseconds{20};
    Duration urgent_delay_max = std::chrono::milliseconds{50};
    /// Between what is told to all; approached, by doubling, while there is much to tell.
    Duration telling_spacing_max = std::chrono::milliseconds{320};
    Duration lazy_delay_max = std::chrono::seconds{4};
    Duration drift_delay_max = std::chrono::seconds{15};
    Duration refresh_interval_min = std::chrono::milliseconds{400};  ///< after a telling; doubles
    Duration refresh_after_lazy = std::chrono::seconds{2};  ///< after one that can wait; likewise
    Duration refresh_interval = std::chrono::seconds{16};
    Duration route_lifetime = std::chrono::seconds{56};         ///< 3.5 refreshes
    Duration feasibility_lifetime = std::chrono::seconds{180};  ///< must exceed route_lifetime
    Duration sweep_interval = std::chrono::seconds{4};
    Duration change_time = std::chrono::seconds{4};
    Duration request_interval = std::chrono::milliseconds{300};  ///< doubles while unanswered
    Duration request_interval_max = std::chrono::seconds{16};
    /// Among many neighbours a request is told to all, and told on once by each who cannot answer
    /// it: for so long the same is not told on again.
    Duration request_spacing = std::chrono::seconds{1};
    Duration request_repeat_min = std::chrono::milliseconds{200};  ///< forwarded once in this time
    Duration ask_interval = std::chrono::milliseconds{500};        ///< doubles while unanswered
    Duration gap_patience = std::chrono::milliseconds{250};  ///< what is missed may be late only
    /// Over a hop that loses much, much is missed: it is asked for all together, and later.
    Cost gap_patient_cost = 2 * cost_perfect;
    Duration gap_patience_long = std::chrono::seconds{8};
    /// Among so many neighbours what one tells of its own is seldom missed: only those that are
    /// next hops are asked at once, and so many who want the same are answered together.
    std::size_t crowd_min = 4;
    std::size_t answered_together_min = 3;
    Duration answer_delay_max = std::chrono::milliseconds{250};  ///< in a crowd
    Duration table_delay_max = std::chrono::seconds{2};          ///< likewise, of a whole table
    /// Routes this close to their end make us ask their neighbour whether they hold: two refreshes
    /// have been missed.
    Duration ask_before_expiry = std::chrono::seconds{20};
    /// Whole tables are told to all now and then, in place of the newest revision's number; no
    /// neighbour is told its own, and none is asked: where frames are dear and many are lost, what
    /// was missed costs less in the next round than a question for it and an answer.
    bool rounds = false;
    /// When the mesh counts as moving, and its rounds: so far apart that whole tables take so many
    /// octets a second.
    Unrest::Limits unrest{};
    std::size_t round_bytes_per_second = 350;
    Duration round_min = std::chrono::seconds{1};
    Duration round_max = std::chrono::seconds{4};
    /// Whether a nearer route that is not feasible is worth a request.
    bool ask_for_nearer = true;
    /// Whether all neighbours have the names that set_names() gave. Else short ones are used while
    /// nothing says otherwise: each message then says which names its sender has.
    bool short_names = false;
    /// Only neighbours are told of, so that routes lead over one relay and not over a whole world
    /// in which everybody has a session with somebody.
    bool tell_of_neighbours_only = false;
    /// In a crowd what was told lately is told again with the next telling or refresh, as far as it
    /// is no more than this: of broadcasts many are lost, and a question and its answer cost more.
    std::size_t repeated_bytes_max = 240;
    std::size_t repeated_tellings = 2;
    Duration repeated_for = std::chrono::seconds{3};
    Duration own_renewal_spacing = std::chrono::seconds{3};
    unsigned request_neighbours_max = 3;
    std::uint8_t request_hop_limit = 32;
    std::uint8_t request_hop_limit_first = 3;  ///< told to all; doubles each time
  };
  struct Counters {
    std::uint64_t messages_sent = 0;
    std::uint64_t messages_received = 0;
    std::uint64_t from_strangers = 0;
    std::uint64_t malformed = 0;
    std::uint64_t other_names = 0;  ///< messages that cannot be read here
    std::uint64_t outdated_updates = 0;
    std::uint64_t destinations_refused = 0;
    std::uint64_t neighbours_refused = 0;
    std::uint64_t requests_sent = 0;
    std::uint64_t requests_refused = 0;
    std::uint64_t version_overtaken = 0;  ///< somebody knew a newer version of ourselves
    std::uint64_t neighbours_restarted = 0;
    std::uint64_t next_hop_changes = 0;
    std::uint64_t tables_asked_for = 0;  ///< also because routes were about to expire
  };
  /// A message to one neighbour, or with nothing in `to` to every neighbour. What is for all may
  /// be lost now and then, for whoever misses it asks; what is for one must arrive.
  struct Send {
    std::optional<NodeId> to;
    Bytes message;
    std::optional<TimePoint> again_by;  ///< all of it is told again by then
  };
  /// Another next hop, or none any more. A change of metric alone is not told.
  struct RouteChanged {
    NodeId destination;
    std::optional<NodeId> next_hop;
    Cost metric = metric_infinity;
    bool had_one = false;  ///< before
  };
  using Output = std::variant<Send, RouteChanged>;

  struct Route {
    NodeId destination;
    NodeId next_hop;
    Cost metric = metric_infinity;
    std::uint32_t boot = 0;
    std::uint32_t seqno = 0;
    std::size_t feasible = 0;  ///< neighbours that could be next hop, this one included
    bool neighbour = false;    ///< the destination itself is a neighbour
  };

  /// `boot` grows with every start of this node and outlives it. `seed` feeds jitter only.
  Router(NodeId self, std::uint32_t boot, Limits limits, std::uint64_t seed);
  /// From now on: slower where the links are.
  void set_limits(const Limits& limits);
  [[nodiscard]] const Limits& limits() const { return limits_; }
  /// Which neighbours may use; outlives this.
  void set_names(const ShortNames* names);

  /// A cost of 0 counts as 1. A second time for the same neighbour only sets the cost.
  void neighbour_up(TimePoint now, const NodeId& neighbour, Cost cost);
  void neighbour_cost(TimePoint now, const NodeId& neighbour, Cost cost);
  /// What was under way to this neighbour may be lost (a new session without a restart, a full
  /// queue): it is told which revision is the newest, and asked for what it told since the last
  /// that came. Routes stay.
  void neighbour_renewed(TimePoint now, const NodeId& neighbour);
  void neighbour_down(TimePoint now, const NodeId& neighbour);
  void receive(TimePoint now, const NodeId& from, BytesView message);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  [[nodiscard]] std::optional<NodeId> next_hop(const NodeId& destination) const override;
  [[nodiscard]] std::optional<Cost> distance(const NodeId& destination) const override;
  /// The next hop, or if that is not usable the nearest usable neighbour that could be it: as free
  /// of loops, only not what others are told. Nothing if there is none.
  [[nodiscard]] std::optional<NodeId> usable_hop(
      const NodeId& destination, const std::function<bool(const NodeId&)>& usable) const;
  /// Every destination that has a next hop, in the order of NodeId.
  [[nodiscard]] std::vector<Route> routes() const;
  /// What limits this node's own part of loop-freedom; nothing for what was never told.
  [[nodiscard]] std::optional<RouteDistance> feasibility_distance(const NodeId& destination) const;
  [[nodiscard]] std::uint32_t boot() const { return boot_; }
  /// What the neighbour's last message said; nothing before the first.
  [[nodiscard]] std::optional<std::uint32_t> neighbour_boot(const NodeId& neighbour) const;
  [[nodiscard]] RouteVersion version() const { return own_version_; }
  /// Routes break so often that whole tables are told in rounds.
  [[nodiscard]] bool restless() const { return unrest_.restless(); }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  enum Timer : std::size_t { flush, refresh, sweep, rechoose, drift, answers, timer_count };
  struct Neighbour {
    Cost cost = cost_perfect;
    std::optional<std::uint32_t> boot;  ///< in its last message
    std::uint32_t heard = 0;            ///< all that it told up to this revision has come
    std::uint32_t known = 0;            ///< newest revision heard of
    TimePoint confirmed_at;             ///< when its routes were last said to hold
    std::optional<TimePoint> ask_at;    ///< until all that it told has come
    Duration ask_wait{};
    std::optional<std::uint32_t> owed_after;  ///< it wants what was told after that revision
    std::optional<TimePoint> answer_at;       ///< not before
    std::set<NodeId> owed;                    ///< destinations it has asked for
    std::map<NodeId, SeqnoRequest> requests;
    bool other_names = false;  ///< it cannot read our short ones
  };
  struct Destination {
    explicit Destination(Duration change_time) : routes(change_time) {}
    DestinationRoutes routes;
    std::uint32_t told_in = 0;              ///< revision in which it was last told to all
    std::optional<RouteVersion> wanted;     ///< by a neighbour whose request we passed on
    std::optional<RouteVersion> forwarded;  ///< newest request passed on
    std::uint8_t forwarded_hops = 0;        ///< how far it may have gone from here
    TimePoint forwarded_at;
  };
  struct Hunger {
    DestinationRoutes::Need need;
    TimePoint at;
    Duration wait;
    std::uint8_t hops = 0;  ///< how far it was asked
  };
  using Destinations = std::map<NodeId, Destination>;

  void hear_update(TimePoint now, const NodeId& from, const RouteUpdate& update,
                   std::uint32_t revision);
  void hear_revision(TimePoint now, const NodeId& from, Neighbour& neighbour,
                     const RouteMessage& message);
  void hear_about_self(TimePoint now, const RouteUpdate& update);
  void hear_request(TimePoint now, const NodeId& from, const SeqnoRequest& request);
  void pass_on(TimePoint now, const NodeId& from, const SeqnoRequest& request);
  void request_from_all(TimePoint now, const SeqnoRequest& request);
  [[nodiscard]] bool is_repeated(TimePoint now, std::uint32_t told_in) const;
  void renew_own(TimePoint now);
  void forget_routes_of(TimePoint now, const NodeId& neighbour);
  void choose(TimePoint now, const NodeId& id, Destination& destination);
  void note_need(TimePoint now, const NodeId& id, DestinationRoutes::Need need);
  void note_change(TimePoint now, const NodeId& id, const Destination& destination);
  void ask_for_newer(TimePoint now);
  void queue_request(const NodeId& to, const SeqnoRequest& request);

  void send_due(TimePoint now);
  void send_refresh(TimePoint now);
  void tell_round(TimePoint now);
  void way_broke(TimePoint now);
  [[nodiscard]] Duration round() const;
  void tell_all(TimePoint now);
  void tell_in_messages(TimePoint now, std::uint32_t after, std::vector<NodeId> repeated);
  void tell_some(TimePoint now, std::uint32_t after, const std::vector<NodeId>& repeated);
  void note_drift();
  [[nodiscard]] std::uint32_t repeated_after(TimePoint now) const;
  [[nodiscard]] std::vector<NodeId> told_after(std::uint32_t revision) const;
  void tell_many_since(TimePoint now);
  void tell_since(const std::optional<NodeId>& to, std::uint32_t after);
  void answer(const NodeId& to, Neighbour& neighbour);
  void send_requests(const NodeId& to, Neighbour& neighbour);
  void send(const std::optional<NodeId>& to, RouteMessage message);
  /// For what is sent.
  [[nodiscard]] const ShortNames* names() const { return names_are_shared_ ? names_ : nullptr; }
  void hear_names(Neighbour& neighbour, bool others);
  void review_names();
  [[nodiscard]] std::uint32_t own_names() const { return names_ == nullptr ? 0 : names_->digest(); }
  [[nodiscard]] bool is_withheld(const NodeId& id, const Destination& destination) const {
    return limits_.tell_of_neighbours_only && destination.routes.next_hop() != id;
  }
  [[nodiscard]] RouteUpdate told_last(const NodeId& id) const;
  [[nodiscard]] RouteUpdate tell(TimePoint now, const NodeId& id);
  void all_told_holds(TimePoint now);

  void sweep_expired(TimePoint now);
  void ask_for_tables(TimePoint now);
  void ask_before_expiry(TimePoint now);
  void ask_soon(Neighbour& neighbour, TimePoint at);
  [[nodiscard]] Duration patience_with(const NodeId& id, const Neighbour& neighbour) const;
  void answer_soon(TimePoint now, Neighbour& neighbour);
  [[nodiscard]] bool in_rounds() const { return limits_.rounds || restless(); }
  /// Where whole tables are told in rounds, nothing more is told.
  [[nodiscard]] bool crowded() const {
    return !limits_.rounds && neighbours_.size() >= limits_.crowd_min;
  }
  void arm(Timer timer, TimePoint at);  ///< earlier wins
  void arm_urgent(TimePoint now);
  [[nodiscard]] bool fire(Timer timer, TimePoint now);
  [[nodiscard]] Duration jitter(Duration from, Duration to);

  NodeId self_;
  std::uint32_t boot_;
  RouteVersion own_version_;
  Limits limits_;
  SeededRandom random_;
  const ShortNames* names_ = nullptr;
  bool names_are_shared_ = false;
  std::uint32_t revision_ = 0;  ///< how often something was told to all
  std::uint32_t own_told_in_ = 0;
  std::optional<TimePoint> renewed_own_;
  TimePoint told_at_{};
  Unrest unrest_;
  std::size_t table_bytes_ = 0;                               ///< of the last round
  std::deque<std::pair<TimePoint, std::uint32_t>> tellings_;  ///< lately; the revision before each
  Duration telling_spacing_{};
  Duration refresh_wait_;
  std::optional<TimePoint> held_at_;  ///< when all that was told was last said to hold
  bool urgent_ = false;               ///< some of what is to be told
  bool turned_away_ = false;          ///< destinations, for want of room
  std::map<NodeId, Neighbour> neighbours_;
  Destinations destinations_;
  std::set<NodeId> dirty_;                   ///< to be told to all; may hold ourselves
  std::map<NodeId, SeqnoRequest> requests_;  ///< likewise
  std::map<NodeId, Hunger> hungry_;          ///< destinations to request a newer version of
  std::array<std::optional<TimePoint>, timer_count> timers_;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::mesh
