// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/base/time.hpp"
#include "core/overlay/answer_times.hpp"
#include "core/overlay/place.hpp"

namespace muster::overlay {

struct MembersLimits {
  std::size_t members_max = 16384;  ///< some 200 octets each
  /// Members are a few hops away at most: sooner asked again than who is anywhere on the internet.
  AnswerTimesLimits answers{.round_trip = {.timeout_initial = std::chrono::milliseconds{100},
                                           .timeout_min = std::chrono::milliseconds{20},
                                           .timeout_max = std::chrono::seconds{4},
                                           .variation_min = std::chrono::milliseconds{5},
                                           .backoff_percent = 130}};
};

/// Who belongs to the overlay, which of them can be reached, and how they answer. A silent node is
/// suspected, never forgotten: what it has said of itself decides who is a member.
class Members {
 public:
  using Limits = MembersLimits;
  Members(NodeId self, Limits limits);

  /// As AnswerTimes::set_pace().
  void set_pace(Duration answer_within) { times_.set_pace(answer_within); }

  /// It has said that it is there, in this life. True if it lives anew, or is new.
  bool joined(const NodeId& node, std::uint32_t epoch);
  /// What it has said has expired or was deleted.
  void left(const NodeId& node);
  /// There is a way to it, or there is none any more.
  void reachable(const NodeId& node, bool is_reachable);

  void asked(TimePoint now, const NodeId& node);
  /// Anything but an answer to a question of known age has no `took`.
  void heard(const NodeId& node, std::optional<Duration> took);
  /// How long to wait for an answer to question number `attempt` (from 0) in a row. Who never
  /// answered yet is taken for as quick as the others, and nobody for slower than all together.
  [[nodiscard]] Duration timeout(const NodeId& node, unsigned attempt) const;

  [[nodiscard]] bool is_member(const NodeId& node) const;
  [[nodiscard]] bool is_reachable(const NodeId& node) const;
  [[nodiscard]] bool suspected(const NodeId& node) const;
  /// Reachable members that are not suspected, with this node, closest to `place` first.
  [[nodiscard]] std::vector<NodeId> closest(const Place& place, std::size_t count) const;
  /// All but this node.
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] std::size_t reachable_count() const;
  /// Of questions and their answers together: the share that was lost, 0 to 1.
  [[nodiscard]] double loss() const { return times_.loss(); }
  /// Another number whenever closest() may answer otherwise.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

 private:
  struct Member {
    explicit Member(const RoundTrip::Limits& limits) : round_trip(limits) {}
    std::optional<std::uint32_t> epoch;  ///< nothing: it is no member
    bool reachable = false;
    bool suspected = false;
    unsigned unanswered = 0;
    std::optional<TimePoint> asked_at;  ///< the question that counts as unanswered
    RoundTrip round_trip;
  };
  [[nodiscard]] Member* at(const NodeId& node);

  NodeId self_;
  Limits limits_;
  std::map<NodeId, Member> members_;
  std::size_t count_ = 0;
  AnswerTimes times_;
  std::uint64_t generation_ = 0;
};

}  // namespace muster::overlay
