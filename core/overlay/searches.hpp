// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "core/overlay/acquaintances.hpp"
#include "core/overlay/look_ups.hpp"

namespace muster::overlay {

struct SearchLimits {
  unsigned parallel = 3;           ///< Kademlia's alpha (section 2.3)
  std::size_t named_max = 8;       ///< contacts wanted of each who is asked
  std::size_t searches_max = 256;  ///< some 10 kB each
  std::size_t candidates_max = 64;
  Duration deadline = std::chrono::seconds{10};
  /// How much slower each further asking of the same nodes is than the one before.
  unsigned pass_slower_percent = 140;
  unsigned refined_for_timeouts = 2;  ///< as LookUpLimits
  /// So many of the closest half that hold it and are sure of it are heard before the newest of
  /// theirs is the answer; or as many as have spoken so many time-outs after the first found it.
  unsigned sure_wanted = 3;
  unsigned sure_for_timeouts = 3;
  /// Where nobody is left to be asked it is seen again so soon whether somebody is known by then.
  Duration nobody_retry = std::chrono::milliseconds{200};
};

/// Finds the nodes closest to a place, and what they hold that is placed there, where nobody knows
/// all nodes: those who are asked name others who are closer, until those closest have answered
/// (Kademlia, section 2.3). Some are asked at a time, beside those who are late others; no asking
/// is the last one before the deadline, and three different answers are told apart as LookUps does.
///
/// A pure state machine. What comes is handed up to be judged.
class Searches {
 public:
  using Limits = SearchLimits;
  using Outcome = LookUps::Outcome;
  struct Send {
    Contact to;
    Bytes message;
    bool records;  ///< wanted; else it is for upkeep
  };
  struct Question {
    Place place;
    std::string name{};  ///< whose place it is, if records are wanted
    Kind wanted{};
    KindSet kinds{};         ///< none: only who is there
    std::size_t copies = 0;  ///< so many of the nodes closest to the place may hold it
  };
  struct Ended {
    std::uint64_t number = 0;
    Outcome outcome{};
    unsigned holders = 0;  ///< those that are closest, as far as is known
    unsigned silent = 0;   ///< of them did not answer, or are taken to be gone
    Question what;
    std::vector<Contact> closest;    ///< those that answered, closest first; at most `copies`
    std::optional<Duration> took{};  ///< the first of these, if it is known
  };

  /// `known` outlives this.
  Searches(NodeId self, Acquaintances& known, Limits limits, std::uint64_t seed);

  void start(TimePoint now, std::uint64_t number, Question question);
  /// What was asked, if `ask` is a question of ours to `from`; then the answer is to be judged and
  /// told.
  [[nodiscard]] std::optional<Question> answered(TimePoint now, const Contact& from,
                                                 const Ask& ask);
  enum class Told : std::uint8_t {
    nothing,  ///< it holds none
    hints,    ///< it holds some of before its last start, or it is none of those who are told news
    found,
    unknown,  ///< what it holds could not be judged
  };
  void told(TimePoint now, const Contact& from, const Ask& ask, Told what,
            const std::vector<Contact>& named);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Send> poll();
  [[nodiscard]] std::optional<Ended> poll_ended();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] std::size_t under_way() const { return searches_.size(); }

 private:
  static constexpr std::size_t attempts_remembered = 4;
  struct Candidate {
    Contact contact;
    bool answered = false;
    bool sure = false;  ///< it holds what is wanted
    bool gone = false;  ///< silent for so long that another stands in
    std::uint8_t attempts = 0;
    std::array<TimePoint, attempts_remembered> asked_at{};
    std::optional<Duration> took{};
    TimePoint late_at{};  ///< its answer to the last asking
  };
  struct Search {
    std::uint64_t number = 0;
    Question what;
    std::map<BucketTable::Distance, Candidate> candidates;  ///< from the place
    bool found = false;
    bool hints = false;
    bool told = false;
    std::optional<TimePoint> tell_at{};  ///< from the first of them on
    TimePoint next_at{};
    TimePoint end{};
  };

  void add(Search& search, const Contact& contact) const;
  void add_known(Search& search) const;
  void ask_some(TimePoint now, std::uint32_t question, Search& search);
  void tell(TimePoint now, Search& search);
  [[nodiscard]] Candidate* next(TimePoint now, Search& search) const;
  void ask(TimePoint now, std::uint32_t question, Search& search, Candidate& candidate);
  [[nodiscard]] bool complete(const Search& search) const;
  [[nodiscard]] bool sure_enough(const Search& search) const;
  [[nodiscard]] Outcome conclusion(const Search& search) const;
  [[nodiscard]] unsigned gone_among_closest(const Search& search) const;
  /// The candidates that count: the closest that are not gone.
  template <typename Visit>
  void each_close(const Search& search, Visit visit) const;
  void end(const Search& search, Outcome outcome);

  NodeId self_;
  Acquaintances& known_;
  Limits limits_;
  SeededRandom random_;
  std::map<std::uint32_t, Search> searches_;  ///< by question
  std::deque<Send> out_;
  std::deque<Ended> ended_;
};

}  // namespace muster::overlay
