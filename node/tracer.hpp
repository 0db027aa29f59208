// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/overlay/write_rate.hpp"
#include "node/trace_message.hpp"

namespace muster::node {

/// Follows the way to a node step by step, and asks those who hold a user's bindings what they
/// hold (RFC 7851's aim). Each node on the way is asked itself, sealed from end to end, so nobody
/// can answer for another; and answers only members, so often.
///
/// A pure state machine.
class Tracer {
 public:
  struct Limits {
    std::size_t traces_max = 4;  ///< the oldest gives way
    std::size_t hops_max = 32;
    std::size_t paths_max = 8;
    std::size_t holders_max = 64;
    Duration deadline = std::chrono::seconds{10};
    Duration answer_within = std::chrono::milliseconds{300};  ///< then it is asked again,
    unsigned slower_percent = 130;                            ///< so much more slowly each time
    overlay::WriteRateLimits answers{.burst = 40, .per_second = 4, .writers_max = 1024};
  };
  struct Send {
    NodeId to;
    Bytes message;
  };
  struct Counters {
    std::uint64_t malformed = 0;
    std::uint64_t unasked = 0;    ///< answers to nothing
    std::uint64_t too_often = 0;  ///< questions
  };
  /// What this node would answer.
  using Here = std::function<TraceAnswer(TimePoint, const TraceQuestion&)>;

  /// One node that was asked, or is this node.
  struct Visit {
    NodeId node;
    NodeId towards;
    std::uint32_t number = 0;
    std::vector<TimePoint> asked;
    TimePoint due{};
    std::optional<TraceAnswer> said;
    std::optional<Duration> round_trip;  ///< from end to end
  };
  struct Path {
    enum class State : std::uint8_t { under_way, arrived, no_route, silent, loop };
    NodeId to;
    State state = State::under_way;
    std::vector<Visit> visits;  ///< this node first
  };
  struct Trace {
    std::string name;  ///< AoR; empty: of a node
    bool aimed = false;
    bool done = false;
    TimePoint end{};
    std::vector<Path> paths;
    std::vector<Visit> holders;
  };

  Tracer(NodeId self, Limits limits, Here here, std::uint64_t seed);

  void set_pace(Duration answer_within);
  /// A trace that does not know yet whereto.
  std::uint64_t open(TimePoint now, std::string name);
  void aim(TimePoint now, std::uint64_t trace, const std::vector<NodeId>& targets,
           const std::vector<NodeId>& holders);
  void receive(TimePoint now, const NodeId& from, BytesView message);
  void advance(TimePoint now);

  /// Null if it is not known (any more).
  [[nodiscard]] const Trace* find(std::uint64_t trace) const;
  [[nodiscard]] std::optional<Send> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  [[nodiscard]] Visit visit(const NodeId& node, const NodeId& towards);
  void hear(TimePoint now, const NodeId& from, const TraceQuestion& question);
  void hear(TimePoint now, const NodeId& from, TraceAnswer answer);
  void go_on(TimePoint now, Trace& trace, Path& path);
  void ask(TimePoint now, const Trace& trace, Visit& visit);
  void finish(TimePoint now, Trace& trace);
  template <typename Function>
  static void each_asked(Trace& trace, Function function);

  NodeId self_;
  Limits limits_;
  Here here_;
  overlay::WriteRate answers_;
  std::uint32_t next_number_;
  std::uint64_t last_trace_ = 0;
  std::map<std::uint64_t, Trace> traces_;
  std::deque<Send> out_;
  Counters counters_;
};

}  // namespace muster::node
