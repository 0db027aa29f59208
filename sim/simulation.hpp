// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/settings.hpp"
#include "sim/event_heap.hpp"
#include "sim/make_medium.hpp"
#include "sim/measured.hpp"
#include "sim/recorder.hpp"
#include "sim/run_sampler.hpp"
#include "sim/scenario.hpp"
#include "sim/simulated_host.hpp"
#include "sim/simulated_overlay.hpp"
#include "sim/trace_hash.hpp"

namespace muster::sim {

/// A scenario in virtual time: every host with the very node of the daemon, the medium between
/// them, phones, workload, events and the books of what came of it. One thread, one seed: the same
/// scenario and seed give the same run, event for event.
class Simulation {
 public:
  struct Options {
    std::uint64_t seed = 1;
    node::Settings settings;       ///< of every node; addresses are filled in
    Recorder* recorder = nullptr;  ///< outlives the simulation
    FrameTap* tap = nullptr;       ///< outlives the simulation
  };

  /// `scenario` outlives the simulation. Fails where it asks for what cannot be simulated.
  [[nodiscard]] static Result<std::unique_ptr<Simulation>> make(const Scenario& scenario,
                                                                Options options);

  /// Goes on for at most so many events. False once the scenario is over.
  bool run(std::uint64_t events_max);
  [[nodiscard]] Duration elapsed() const { return now_ - zero; }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  /// All but wall_s.
  [[nodiscard]] Measured measured() const;

 private:
  /// The moment at which every scenario begins. Nodes must not take it for the beginning of time.
  static constexpr TimePoint zero{std::chrono::hours{1}};

  struct HostDue {
    HostIndex host;
    std::uint32_t generation;
  };
  struct Slot {
    SimulatedHost host;
    std::optional<TimePoint> armed{};
    std::uint32_t generation = 0;
  };
  enum class Kind : std::uint8_t { host, medium, action };
  struct What {
    Kind kind;
    std::uint32_t index;       ///< of the host or action
    std::uint32_t generation;  ///< of what was armed; an older one means nothing any more
  };
  struct PendingCall {
    std::string pattern;
    Duration talk{};
  };

  Simulation(const Scenario& scenario, Options options, MadeMedium medium);

  // simulation.cpp: the loop
  void at(TimePoint when, std::function<void()> action);
  void take(const EventHeap<What>::Due& due);
  void wake_host(HostIndex host);
  void wake_medium();
  void settle(HostIndex host);
  void transmit(HostIndex from, const SimulatedHost::Transmit& send);
  void arm(HostIndex host);
  void arm_medium();
  void sample_until(TimePoint next);
  void tell(const Recorder::Item& item);

  // simulation_events.cpp: what the scenario wants
  void schedule();
  void switch_on(HostIndex host);
  void start_node(HostIndex host);
  void add_phone(const std::string& user, HostIndex host);
  void act(const EventAction& action);
  void happen(const PartitionEvent& event);
  void happen(const HealEvent& event);
  void happen(const KillEvent& event);
  void happen(const RestartEvent& event);
  void happen(const MoveEvent& event);
  void happen(const LossEvent& event);
  void happen(const ClockEvent& event);
  void happen(const RevokeEvent& event);
  void happen(const RegisterEvent& event);
  void happen(const MessageEvent& event);
  void happen(const CallEvent& event);
  [[nodiscard]] std::vector<HostIndex> victims(const KillEvent& event);
  void world_changed();

  // simulation_users.cpp: phones and their books
  void schedule_workload();
  void call(const std::string& from, const std::string& to, Duration talk);
  void message(const std::string& from, const std::string& to, const std::string& text);
  void place_waiting_calls();
  void heard(const std::string& user, const PhoneEvent& event);
  struct Heard;
  [[nodiscard]] HostIndex place_of(const std::string& user) const;
  [[nodiscard]] const ScriptedPhone* phone(const std::string& user) const;
  [[nodiscard]] bool is_free(const std::string& user) const;
  template <typename Action>
  void at_phone(const std::string& user, Action action);

  // simulation_judge.cpp: what must be so
  void look();
  void judge_convergence();
  [[nodiscard]] std::vector<bool> alive() const;
  void violation(const std::string& sentence);

  const Scenario& scenario_;
  Options options_;
  TimePoint now_ = zero;
  TimePoint end_;
  EventHeap<What> heap_;
  std::uint64_t events_ = 0;
  TraceHash trace_;
  std::optional<RunSampler> sampler_;
  RandomStream keys_;
  SimulatedOverlay overlay_;
  std::unique_ptr<Medium> medium_;
  std::size_t datagram_bytes_max_;
  std::optional<TimePoint> medium_armed_;
  std::uint32_t medium_generation_ = 0;
  std::deque<Slot> hosts_;
  std::map<LinkAddress, HostIndex> addresses_;
  std::vector<std::function<void()>> actions_;
  std::vector<std::uint32_t> free_actions_;

  SeededRandom starts_;
  SeededRandom choices_;  ///< of events: who is killed
  SeededRandom calls_random_;
  SeededRandom messages_random_;
  std::map<std::string, HostIndex> places_;  ///< where each user's phone is
  std::map<std::string, std::uint32_t> phone_numbers_;
  CallBook calls_;
  MessageBook messages_;
  std::deque<PendingCall> waiting_calls_;
  std::map<std::string, Duration> talk_;  ///< of the call each caller makes

  TimePoint changed_ = zero;  ///< when the world last changed
  bool converged_ = false;
  std::optional<double> first_convergence_s_;
  std::optional<double> convergence_s_;
  std::vector<std::string> violations_;
};

}  // namespace muster::sim
