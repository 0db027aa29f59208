// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "sim/call_book.hpp"
#include "sim/io/emulation.hpp"
#include "sim/io/event_loop.hpp"
#include "sim/io/node_probe.hpp"
#include "sim/io/run_report.hpp"
#include "sim/io/timeline.hpp"
#include "sim/message_book.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Conducts a scenario in an Emulation: starts the nodes and phones, lets the events and the
/// workload happen at their times, tells the timeline and keeps the books.
class Drill {
 public:
  struct Settings {
    std::filesystem::path programs;  ///< where `muster` is
    std::uint64_t seed = 1;
    bool nodes = true;
    bool phones = true;
  };

  Drill(const Scenario& scenario, Settings settings, EventLoop& loop, Timeline& timeline);

  /// For the Emulation's constructor.
  void on_phone(const std::string& user, const PhoneEvent& event);
  /// Runs to the scenario's end, or until the loop is stopped.
  void run(Emulation& world);
  /// One event now.
  void act(const EventAction& action);
  [[nodiscard]] Measured measured();
  /// As it was when measured.
  [[nodiscard]] const LiveMedium::Report& medium() const { return medium_; }
  /// How late, at worst, what the scenario says happened.
  [[nodiscard]] Duration events_late() const { return events_late_; }
  /// False if it was stopped before its end.
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  struct Told;  // what happens at a phone, told and booked
  struct PendingCall {
    std::string pattern;
    Duration talk{};
  };

  void start_nodes();
  void script(Duration due, EventLoop::Work work);
  void schedule_events();
  void schedule_workload();
  void take_stock();
  void housekeeping();
  void probe();
  void on_views(const NodeProbe::Answer& answer);
  void start_ready_phones(const std::vector<NodeView>& views);
  void judge_convergence(const NodeProbe::Answer& answer);
  void world_changed();
  void call(const std::string& from, const std::string& to, Duration talk);
  void message(const std::string& from, const std::string& to, const std::string& text);
  void place_waiting_calls();
  void violation(std::string sentence);
  void start_node(HostIndex host);
  [[nodiscard]] std::vector<HostIndex> victims(const KillEvent& event);
  [[nodiscard]] std::string names(const std::vector<HostIndex>& hosts) const;

  void happen(const PartitionEvent& event);
  void happen(const HealEvent& event);
  void happen(const KillEvent& event);
  void happen(const RestartEvent& event);
  void happen(const LossEvent& event);
  void happen(const RegisterEvent& event);
  void happen(const MessageEvent& event);
  void happen(const CallEvent& event);
  template <typename Other>
  void happen(const Other&) {}  // refused before the start (emulatable.hpp)

  const Scenario& scenario_;
  Settings settings_;
  EventLoop& loop_;
  Timeline& timeline_;
  Emulation* world_ = nullptr;
  NodeProbe probe_;
  SeededRandom random_;
  CallBook calls_;
  MessageBook messages_;
  std::vector<bool> phones_started_;
  std::set<std::string> registered_;
  std::deque<PendingCall> waiting_calls_;
  std::map<std::string, Duration> talk_;  ///< of the call each caller makes
  std::vector<std::string> violations_;
  TimePoint started_{};
  TimePoint changed_{};  ///< when the world last changed
  bool converged_ = true;
  std::optional<double> first_convergence_s_;
  std::optional<double> convergence_s_;
  std::string last_difference_;
  std::uint64_t messages_waiting_ = 0;
  std::uint64_t events_ = 0;
  Duration events_late_{};  ///< the latest of what the scenario says
  bool finished_ = false;
  LiveMedium::Report medium_;
};

}  // namespace muster::sim
