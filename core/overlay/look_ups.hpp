// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/precedence.hpp"
#include "core/overlay/members.hpp"
#include "core/overlay/place_message.hpp"

namespace muster::overlay {

struct LookUpLimits {
  /// Kademlia's alpha (section 2.3): as many are asked at first.
  unsigned parallel = 3;
  std::size_t look_ups_max = 1024;  ///< some 3 kB each
  /// Then whoever has not answered is silent. SIP waits for 32 s, a caller for less.
  Duration deadline = std::chrono::seconds{10};
  /// How much slower each pass over the holders is than the one before. Not doubled: at 50 % loss a
  /// silence says little.
  unsigned pass_slower_percent = 140;
  /// Found early, and listened on for news from the others who were asked: so many times as long as
  /// an answer takes.
  unsigned refined_for_timeouts = 2;
};

/// Asks those who hold a name's records until one has answered or the deadline has come: some at
/// once, then one more whenever a hurrying clock says so. Among the first is one who knows best, a
/// home of the user: what he may say in time is waited for, since any holder can answer with what
/// was true long ago. No attempt is the last one before the deadline, and "there is none" is said
/// only when all who may know have said it.
///
/// A pure state machine. What comes is handed up to be judged.
class LookUps {
 public:
  using Limits = LookUpLimits;
  struct Send {
    NodeId to;
    Bytes message;
  };
  enum class Outcome : std::uint8_t { found, absent, unknown };
  struct Ended {
    std::uint64_t number = 0;
    Outcome outcome{};
    unsigned holders = 0;  ///< of those asked
    unsigned silent = 0;   ///< of them did not answer
  };

  /// `members` outlives this.
  LookUps(NodeId self, Members& members, Limits limits, std::uint64_t seed);

  struct Question {
    std::string name;
    Place place;
    Kind wanted{};
    KindSet kinds;
    std::size_t copies = 0;    ///< so many of the nodes closest to the place may hold it
    std::vector<NodeId> also;  ///< and these, wherever they are: they know best
  };
  void start(TimePoint now, std::uint64_t number, Question question);
  /// The name asked for, if `ask` is a question of ours to `from`; then the answer is to be judged
  /// and told.
  struct Asked {
    std::uint64_t number;
    std::string name;
    Kind wanted;
    KindSet kinds;
  };
  [[nodiscard]] std::optional<Asked> answered(TimePoint now, const NodeId& from, const Ask& ask);
  /// What the answer came down to; `any` live record of what was asked for.
  void told(TimePoint now, const NodeId& from, const Ask& ask, bool any);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Send> poll();
  [[nodiscard]] std::optional<Ended> poll_ended();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] std::size_t under_way() const { return look_ups_.size(); }

 private:
  static constexpr std::size_t attempts_remembered = 8;
  struct Holder {
    NodeId id;
    bool answered = false;
    std::uint8_t attempts = 0;
    std::array<TimePoint, attempts_remembered> asked_at{};
  };
  struct LookUp {
    std::uint64_t number = 0;
    Question what;
    std::vector<Holder> holders;
    std::size_t next = 0;  ///< to be asked
    unsigned passes = 0;   ///< over all of them
    std::uint64_t generation = 0;
    bool found = false;
    bool told = false;  ///< that it was found
    std::optional<NodeId> knows_best{};
    TimePoint next_at{};
    TimePoint end{};
  };

  void find_holders(LookUp& look_up) const;
  bool ask_next(TimePoint now, std::uint32_t question, LookUp& look_up);
  [[nodiscard]] Duration pause(const LookUp& look_up) const;
  void end(const LookUp& look_up, Outcome outcome);
  [[nodiscard]] static unsigned silent(const LookUp& look_up);
  void found(TimePoint now, LookUp& look_up);
  [[nodiscard]] std::optional<TimePoint> best_awaited_until(const LookUp& look_up) const;

  NodeId self_;
  Members& members_;
  Limits limits_;
  std::uint32_t next_question_;
  std::map<std::uint32_t, LookUp> look_ups_;  ///< by question
  std::deque<Send> out_;
  std::deque<Ended> ended_;
};

}  // namespace muster::overlay
