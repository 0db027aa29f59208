// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/base/precedence.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "core/overlay/record_table.hpp"
#include "core/overlay/sync_message.hpp"

namespace muster::overlay {

struct ReconcilerLimits {
  std::size_t neighbours_max = 256;
  Duration push_after = std::chrono::milliseconds{10};  ///< gathers changes into one message
  /// Among so many neighbours what is new is told to all of them alike, so that one broadcast can
  /// carry it, and later by so much at most, so that who hears it from others may keep quiet.
  std::size_t crowd_min = 4;
  Duration crowd_delay_max = std::chrono::milliseconds{250};  ///< for each crowd_min of them
  std::size_t crowd_message_bytes = 1100;  ///< of records: what is larger fits no broadcast
  /// Of those who compare with us so many are waited for, and so long, before a crowd is told for
  /// the first time: one broadcast to all is better than a message to each of the first.
  std::size_t crowd_listeners_min = 3;
  Duration crowd_gathers = std::chrono::milliseconds{1500};
  unsigned echoes_enough = 2;  ///< copies heard meanwhile, from then on all are taken to have it
  /// Tables of a crowd differ all the time while news spread: what is new was heard so long ago
  /// before they are compared.
  Duration crowd_quiet = std::chrono::milliseconds{800};
  Duration crowd_exchange_hold = std::chrono::seconds{3};  ///< one exchange at a time, with anybody
  /// How long an exchange that a neighbour asked for waits at most for news to end: what is told
  /// to all meanwhile need not be handed to each.
  Duration crowd_patience = std::chrono::seconds{10};
  Duration crowd_summary_within = std::chrono::seconds{8};  ///< after news, for who missed them
  Duration settle_after =
      std::chrono::milliseconds{150};  ///< after a bulk, until others hear of it
  Duration summary_interval_min = std::chrono::seconds{2};
  Duration summary_interval_max = std::chrono::seconds{30};
  Duration want_timeout = std::chrono::seconds{5};
  Duration exchange_hold = std::chrono::seconds{1};  ///< one exchange per neighbour at a time
  /// Where both have asked for the sum of the other, the greater NodeId lets the other begin.
  Duration start_after = std::chrono::milliseconds{300};
  std::size_t listed_whole_max = 64;  ///< smaller directories skip the buckets: one round trip less
  /// Of the first sketch that two neighbours try, enough for some 25 differences; the next are four
  /// times larger each, and what none of them tells the buckets do.
  std::size_t sketch_symbols = 48;
  std::size_t bulk_records = 16;  ///< more than this at once is told on by summary, not pushed
  Duration refusal_remembered = std::chrono::seconds{60};
  Duration declined_remembered = std::chrono::minutes{5};
  std::size_t refusals_max = 4096;          ///< 24 octets each, for all neighbours together
  std::size_t declined_max = 4096;          ///< likewise, per neighbour
  std::size_t backlog_records_max = 16384;  ///< to be asked of one neighbour; 24 octets each
};

/// Keeps the directories of neighbours the same: pushes what is new at once, and compares sums now
/// and then (trickle, RFC 6206, without its suppression between third parties), so that whatever a
/// vanished neighbour swallowed is found and asked for. The receiver pulls: nobody is flooded.
///
/// A pure state machine over a table it only reads; the records that arrive are handed up to be
/// judged. Hops are reliable, so a lost message is an exception, healed by the next summary.
class Reconciler {
 public:
  struct Send {
    NodeId to;
    Bytes message;
    Precedence precedence;
  };
  struct Arrived {
    Record record;
    Item item;
    std::chrono::seconds age;
    bool bulk = false;  ///< one of many that were asked for: the others hear of all by summary
  };
  /// What one message told us.
  struct Heard {
    std::vector<Arrived> records;
    std::vector<KeyHash> confirmed;       ///< the neighbour holds the very same
    std::vector<Decline::Each> declined;  ///< the neighbour takes it no more
    bool in_step = false;                 ///< the neighbour holds exactly what we hold
    bool caught_up = false;               ///< the neighbour has nothing newer to offer
  };
  struct Counters {
    std::uint64_t malformed_messages = 0;
    std::uint64_t malformed_records = 0;
    std::uint64_t from_strangers = 0;  ///< not (or no longer) a neighbour, and not records
    std::uint64_t exchanges = 0;
    std::uint64_t sketches_too_small = 0;
    std::uint64_t want_timeouts = 0;
    std::uint64_t backlog_full = 0;
  };

  Reconciler(const RecordTable& table, NodeId self, ReconcilerLimits limits, std::uint64_t seed);

  /// How long an answer takes on the slowest link: everything here then waits accordingly.
  void set_pace(Duration answer_within);
  /// What is compared: all, or only what everybody holds in any case. With a neighbour that
  /// compares less than we do it is the lesser.
  void set_part(TimePoint now, Part part);
  /// How many hear what this node says to all, whether they compare themselves with it or not.
  void set_audience(std::size_t count) { audience_ = count; }
  void neighbour_up(TimePoint now, const NodeId& neighbour);
  void neighbour_down(TimePoint now, const NodeId& neighbour);
  /// Whether any neighbour compares only what everybody holds in any case.
  [[nodiscard]] bool neighbours_compare_less() const {
    return std::any_of(neighbours_.begin(), neighbours_.end(),
                       [](const auto& each) { return each.second.part == Part::everybodys; });
  }
  /// After judging what came, call `judged`.
  [[nodiscard]] Heard receive(TimePoint now, const NodeId& from, BytesView message);
  /// True if all that was asked of `from` has now come.
  bool judged(TimePoint now, const NodeId& from);

  /// The table holds something new under `key`, from that neighbour or of our own. Not to be called
  /// for what arrived in bulk.
  void publish(TimePoint now, const RecordKey& key, std::optional<NodeId> from);
  /// The neighbour has an older version than ours.
  void correct(TimePoint now, const RecordKey& key, const NodeId& neighbour);
  /// What `from` sent is not taken; it is told, and refusals are not asked for again for a while.
  void decline(TimePoint now, const NodeId& from, const Item& item, Decline::Reason reason);

  /// What was refused may be acceptable now: ask the neighbours again.
  void trust_changed(TimePoint now);

  void advance(TimePoint now);
  [[nodiscard]] std::optional<Send> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Refusal {
    Version version;
    TimePoint until;
  };
  struct Neighbour {
    NodeId id;
    Part part = Part::whole;      ///< of its table it compares
    std::set<RecordKey> pending;  ///< to be pushed
    std::set<KeyHash> asked;
    TimePoint asked_until{};
    std::deque<Item> backlog;             ///< to be asked for next
    std::vector<Decline::Each> declines;  ///< to be told when all of a message is judged
    bool asking = false;
    bool bulk = false;
    bool sketched = false;  ///< was sent a sketch, and may answer with more
    bool in_step = false;   ///< heard the same sum since our last round of summaries
    std::optional<TimePoint> exchange_until;
    TimePoint asked_at{};                 ///< for its sum
    std::optional<TimePoint> start_at;    ///< an exchange, unless it starts one
    std::optional<TimePoint> start_by;    ///< however much news there is
    std::map<KeyHash, Refusal> declined;  ///< by the neighbour
  };
  /// What a Listing or Offer comes down to.
  struct Difference {
    std::vector<Item> give;
    std::vector<Item> take;
  };

  void hear(TimePoint now, Neighbour& from, const Summary& summary, Heard& heard);
  void hear(TimePoint now, Neighbour& from, const Buckets& buckets, Heard& heard);
  void hear(TimePoint now, Neighbour& from, const Listing& listing, Heard& heard);
  void hear(TimePoint now, Neighbour& from, const Offer& offer, Heard& heard);
  void hear(TimePoint now, Neighbour& from, const Want& want, Heard& heard);
  void hear(TimePoint now, Neighbour& from, const Records& records, Heard& heard);
  void hear(TimePoint now, Neighbour& from, const Decline& decline, Heard& heard);
  void hear(TimePoint now, Neighbour& from, const Sketched& sketched, Heard& heard);
  void hear(TimePoint now, Neighbour& from, const Differing& differing, Heard& heard);
  void overhear(const Records& records, Heard& heard);
  [[nodiscard]] bool news_spread(TimePoint now) const {
    return crowded() && (push_at_ || now - news_at_ < limits_.crowd_quiet);
  }

  Difference compare(const Listing& listing, Part part, Heard& heard) const;
  void start_exchange(TimePoint now, Neighbour& with);
  bool peer_leads(TimePoint now, const Neighbour& peer) const;
  void send_sketch(Neighbour& to, std::size_t symbols);
  /// Gives what is newer here, asks for what is newer there, and tells the end if that was all.
  void mend(TimePoint now, Neighbour& from, const Difference& difference, Heard& heard);
  void send_summary(Neighbour& to, Summary::Purpose purpose);
  void send_listing(Neighbour& to, KeyHash first, KeyHash last, bool opening);
  void give(TimePoint now, Neighbour& to, const std::vector<Item>& items);
  /// Queues what of `items` we may take and declines the rest.
  void take(TimePoint now, Neighbour& from, const std::vector<Item>& items);
  void ask_next(TimePoint now, Neighbour& from);
  void stop_asking(Neighbour& from);
  void send_records(TimePoint now, Neighbour& to, std::vector<const Entry*> entries,
                    Precedence precedence);
  void send_declines(Neighbour& to, const std::vector<Decline::Each>& items);
  void push_pending(TimePoint now);
  void push_to_all(TimePoint now);
  void push(TimePoint now, Neighbour& to, const std::set<RecordKey>& keys);
  void push_soon(TimePoint now);
  void hear_echo(const RecordKey& key);
  [[nodiscard]] std::size_t listeners() const { return std::max(neighbours_.size(), audience_); }
  [[nodiscard]] bool crowded() const { return listeners() >= limits_.crowd_min; }
  [[nodiscard]] bool gathers(TimePoint now) const {
    return crowded() && neighbours_.size() < limits_.crowd_listeners_min && first_up_ &&
           now - *first_up_ < limits_.crowd_gathers;
  }
  void send_summaries(TimePoint now);
  void schedule_summaries(TimePoint now);
  void send(const NodeId& to, Bytes message, Precedence precedence);
  [[nodiscard]] Part part_with(const Neighbour& neighbour) const {
    return std::max(part_, neighbour.part);
  }
  [[nodiscard]] bool refused(TimePoint now, const Item& item) const;
  [[nodiscard]] bool held(const Item& item) const;

  const RecordTable& table_;
  NodeId self_;
  ReconcilerLimits limits_;
  SeededRandom random_;
  Part part_ = Part::whole;
  std::size_t audience_ = 0;
  std::optional<TimePoint> first_up_;  ///< the first neighbour, since there was none
  std::map<NodeId, Neighbour> neighbours_;
  std::set<KeyHash> in_flight_;
  std::map<KeyHash, Refusal> refusals_;
  std::optional<TimePoint> push_at_;
  std::map<RecordKey, unsigned> echoes_;  ///< of what is to be pushed
  TimePoint news_at_{};
  std::optional<TimePoint> exchanging_until_;  ///< in a crowd: the last one began not long ago
  std::optional<TimePoint> settle_at_;
  std::optional<TimePoint> summaries_at_;
  Duration interval_;
  std::deque<Send> out_;
  Counters counters_;
};

/// What goes first: a revocation before all else, what calls and messages need before the rest.
[[nodiscard]] Precedence precedence_of(Kind kind);

}  // namespace muster::overlay
