// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "core/overlay/answer_times.hpp"
#include "core/overlay/bucket_table.hpp"
#include "core/overlay/churn.hpp"
#include "core/overlay/place_message.hpp"

namespace muster::overlay {

struct AcquaintancesLimits {
  BucketTableLimits table;
  AnswerTimesLimits answers;
  /// Addresses at which somebody was to be found at first; asked for ever, ever more rarely, so
  /// that two halves that know nothing of each other any more find together.
  std::size_t entrances_max = 64;
  Duration entrance_retry_min = std::chrono::milliseconds{200};
  Duration entrance_retry_max = std::chrono::seconds{10};   ///< while nobody is known
  Duration entrance_again_after = std::chrono::minutes{2};  ///< then
  /// Who has asked something, or was named, and may be taken in once he has answered.
  std::size_t strangers_max = 64;  ///< some 100 octets each
  unsigned stranger_askings_max = 3;
  /// Contacts are asked whether they live so often that about this share of them is gone unnoticed
  /// (the aim of RFC 7363: upkeep follows from what happens).
  double gone_unnoticed = 0.05;
  Duration check_interval_min = std::chrono::seconds{20};
  Duration check_interval_max = std::chrono::minutes{10};
  Duration churn_memory = std::chrono::minutes{15};
  /// Buckets are filled by looking for places in them: at first so soon again, then after
  /// three times as long each time.
  Duration refresh_interval_min = std::chrono::seconds{2};
  Duration refresh_interval_max = std::chrono::minutes{10};
};

/// The nodes that this one knows where it does not know all, and what keeps that knowledge true:
/// who is silent goes, who answers comes in where there is room, and what is missing is looked for.
///
/// A pure state machine. Whoever drives it carries its questions to addresses, without a session,
/// and its wishes for a search to Searches.
class Acquaintances {
 public:
  using Limits = AcquaintancesLimits;
  /// A question; who is there is not known where an entrance is asked.
  struct Send {
    LinkPath to;
    Bytes message;
  };
  /// Who is closest to that place is to be found out.
  struct Wanted {
    Place place;
  };

  Acquaintances(NodeId self, Limits limits, std::uint64_t seed);

  void begin(TimePoint now);
  /// Forgets all but the entrances.
  void end();
  void add_entrance(TimePoint now, const LinkPath& path);

  /// Something came from it, be it a question: whether it is to be asked if it lives.
  void heard(TimePoint now, const Contact& contact);
  /// It has answered a question of somebody's, asked so long ago (if that is known).
  void answered(TimePoint now, const Contact& contact, std::optional<Duration> took);
  /// It was asked by somebody else than this, who reports answers.
  void silent(TimePoint now, const NodeId& node);
  /// True if `ask` was a question of ours: then answered() has been told.
  bool receive(TimePoint now, const Contact& from, const Ask& ask);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Send> poll();
  [[nodiscard]] std::optional<Wanted> poll_wanted();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  [[nodiscard]] std::vector<Contact> closest(const Place& place, std::size_t count) const {
    return table_.closest(place, count);
  }
  [[nodiscard]] std::size_t closer_to(const Place& place) const { return table_.closer_to(place); }
  [[nodiscard]] const Contact* find(const NodeId& node) const {
    const auto* entry = table_.find(node);
    return entry == nullptr ? nullptr : &entry->contact;
  }
  [[nodiscard]] std::size_t size() const { return table_.size(); }
  [[nodiscard]] std::size_t nodes_estimated() const { return table_.nodes_estimated(); }
  [[nodiscard]] double loss() const { return times_.loss(); }
  [[nodiscard]] unsigned silences_allowed() const { return times_.silences_allowed(); }
  [[nodiscard]] Duration timeout(const NodeId& node, unsigned attempt) const;
  /// Of one node in a second.
  [[nodiscard]] double departures(TimePoint now) const { return churn_.rate(now, table_.size()); }
  [[nodiscard]] double departed_within(TimePoint now, Duration span) const {
    return churn_.departure_within(now, span, table_.size());
  }
  /// How long until about that share of nodes has gone, within these bounds.
  [[nodiscard]] Duration until_gone(TimePoint now, double share, Duration least,
                                    Duration most) const;

 private:
  struct Entrance {
    LinkPath path;
    Duration interval;
    TimePoint next;
  };
  struct Stranger {
    LinkPath path;
    unsigned askings = 0;
    TimePoint next;
  };
  struct Asked {
    TimePoint at;
    LinkPath path;
    std::optional<NodeId> node;  ///< nothing: an entrance
  };

  void ask(TimePoint now, const LinkPath& to, std::optional<NodeId> node);
  void ask_entrances(TimePoint now);
  void ask_strangers(TimePoint now);
  void check_contacts(TimePoint now);
  void forget_asked(TimePoint now);
  void refresh(TimePoint now);
  void gone(TimePoint now, const NodeId& node);
  [[nodiscard]] Duration jittered(Duration interval);

  NodeId self_;
  Limits limits_;
  SeededRandom random_;
  BucketTable table_;
  AnswerTimes times_;
  Churn churn_;
  bool active_ = false;
  std::vector<Entrance> entrances_;
  std::map<NodeId, Stranger> strangers_;
  std::map<std::uint32_t, Asked> asked_;  ///< by question
  std::optional<TimePoint> check_at_;     ///< or earlier
  std::optional<TimePoint> refresh_at_;
  Duration refresh_interval_{};
  unsigned refreshed_level_ = 0;
  std::deque<Send> out_;
  std::deque<Wanted> wanted_;
};

}  // namespace muster::overlay
