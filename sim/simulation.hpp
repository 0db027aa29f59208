// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/overlay/record_table.hpp"
#include "node/settings.hpp"
#include "sim/binding_index.hpp"
#include "sim/event_heap.hpp"
#include "sim/exponential.hpp"
#include "sim/make_medium.hpp"
#include "sim/measured.hpp"
#include "sim/modelled_crypto.hpp"
#include "sim/note_listener.hpp"
#include "sim/recorder.hpp"
#include "sim/run_sampler.hpp"
#include "sim/scenario.hpp"
#include "sim/simulated_host.hpp"
#include "sim/simulated_overlay.hpp"
#include "sim/trace_hash.hpp"
#include "sim/traffic_book.hpp"
#include "sim/underlay.hpp"
#include "sim/workload_plan.hpp"

namespace muster::sim {

/// A scenario in virtual time: every host with the very node of the daemon, the medium between
/// them, phones, workload, events and the books of what came of it. One thread, one seed: the same
/// scenario and seed give the same run, event for event.
class Simulation {
 public:
  struct Options {
    std::uint64_t seed = 1;
    node::Settings settings;        ///< of every node; addresses are filled in
    Recorder* recorder = nullptr;   ///< outlives the simulation
    FrameTap* tap = nullptr;        ///< outlives the simulation
    NoteListener* notes = nullptr;  ///< outlives the simulation
  };

  /// `scenario` outlives the simulation. Fails where it asks for what cannot be simulated.
  [[nodiscard]] static Result<std::unique_ptr<Simulation>> make(const Scenario& scenario,
                                                                Options options);

  /// Goes on for at most so many events. False once the scenario is over.
  bool run(std::uint64_t events_max);
  [[nodiscard]] Duration elapsed() const { return now_ - zero; }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  /// All but wall_s.
  [[nodiscard]] Measured measured();

 private:
  /// The moment at which every scenario begins. Nodes must not take it for the beginning of time.
  static constexpr TimePoint zero{std::chrono::hours{1}};

  struct Slot {
    Slot(SimulatedHost::Config config, NodeId node) : host(std::move(config)), id(node) {}

    SimulatedHost host;
    NodeId id;
    std::optional<TimePoint> armed{};
    std::uint32_t generation = 0;
    TimePoint busy_until{};         ///< with cryptography
    TimePoint woken{};              ///< last
    std::uint32_t woken_often = 0;  ///< at that moment
  };
  enum class Kind : std::uint8_t { host, medium, action };
  struct What {
    Kind kind;
    std::uint32_t index;       ///< of the host or action
    std::uint32_t generation;  ///< of what was armed; an older one means nothing any more
  };
  struct LookUp {
    HostIndex host;
    std::string aor;
    TimePoint asked;
  };

  Simulation(const Scenario& scenario, Options options, MadeMedium medium);

  // simulation.cpp: the loop
  void at(TimePoint when, std::function<void()> action);
  void take(const EventHeap<What>::Due& due);
  void wake_host(HostIndex host);
  void wake_medium();
  void settle(HostIndex host);
  void transmit(HostIndex from, SimulatedHost::Transmit send);
  void put_on_air(HostIndex from, std::optional<HostIndex> to, const Bytes& frame);
  void arm(HostIndex host);
  void arm_medium();
  void sample_until(TimePoint next);
  void tell(const Recorder::Item& item);

  // simulation_events.cpp: what the scenario wants
  void schedule();
  void switch_on(HostIndex host);
  void start_node(HostIndex host);
  void add_phone(const std::string& user, HostIndex host);
  void kill(HostIndex host);
  void begin_session(HostIndex host);
  void act(const EventAction& action);
  void happen(const PartitionEvent& event);
  void happen(const HealEvent& event);
  void happen(const KillEvent& event);
  void happen(const RestartEvent& event);
  void happen(const MoveEvent& event);
  void happen(const LossEvent& event);
  void happen(const ClockEvent& event);
  void happen(const RevokeEvent& event);
  void happen(const DiskEvent& event);
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
  void look_up(const std::string& from, const std::string& to);
  void heard(const std::string& user, const PhoneEvent& event);
  struct Heard;
  [[nodiscard]] HostIndex place_of(const std::string& user) const;
  [[nodiscard]] const ScriptedPhone* phone(const std::string& user) const;
  [[nodiscard]] bool is_on(const std::string& user) const;
  [[nodiscard]] bool is_free(const std::string& user) const;
  template <typename Action>
  void at_phone(const std::string& user, Action action);

  // simulation_judge.cpp: what must be so
  void look();
  void judge_convergence();
  void judge_reach();
  void note_versions();
  [[nodiscard]] bool directories_agree(const std::vector<unsigned>& component) const;
  [[nodiscard]] bool holders_agree(const std::vector<const overlay::Directory*>& directories) const;
  [[nodiscard]] bool routes_lead(const std::vector<unsigned>& component) const;
  [[nodiscard]] std::optional<HostIndex> next_stop(HostIndex at, HostIndex to) const;
  void judge_answer(HostIndex host, const node::FieldNode::LookedUp& answer);
  [[nodiscard]] std::string failure_text(const LookUp& asked,
                                         const node::FieldNode::LookedUp& answer,
                                         LookupBook::Outcome outcome) const;
  void check_routes();
  void check_messages();
  void check_limits();
  void check_budget();
  [[nodiscard]] std::set<std::string> carried();
  [[nodiscard]] std::optional<HostIndex> host_of(const NodeId& node) const;
  [[nodiscard]] const std::vector<unsigned>& components();
  [[nodiscard]] std::vector<bool> alive() const;
  void violation(const std::string& sentence);

  // simulation_measure.cpp
  void end_warm_up();

  const Scenario& scenario_;
  Options options_;
  TimePoint now_ = zero;
  TimePoint end_;
  EventHeap<What> heap_;
  std::uint64_t events_ = 0;
  TraceHash trace_;
  std::optional<RunSampler> sampler_;
  RandomStream keys_;
  ModelledCrypto crypto_;
  SimulatedOverlay overlay_;
  security::CertificatePool certificates_;
  std::optional<ModelledCryptoScope> crypto_scope_;  ///< from the making of the overlay on
  std::unique_ptr<Medium> medium_;
  std::size_t datagram_bytes_max_;
  radio::LinkProfile link_;
  std::optional<TimePoint> medium_armed_;
  std::uint32_t medium_generation_ = 0;
  BindingIndex bindings_;
  std::deque<Slot> hosts_;
  std::map<LinkAddress, HostIndex> addresses_;
  std::optional<Underlay> underlay_;  ///< where the medium is one
  std::map<NodeId, HostIndex> nodes_;
  std::vector<bool> unheard_;  ///< hosts whose frames reach none of the others; empty: none
  std::vector<std::function<void()>> actions_;
  std::vector<std::uint32_t> free_actions_;

  SeededRandom starts_;
  SeededRandom choices_;  ///< of events: who is killed
  SeededRandom calls_random_;
  SeededRandom messages_random_;
  SeededRandom lookups_random_;
  SeededRandom churn_;
  SeededRandom samples_;  ///< which routes are followed
  std::optional<PairPicker> call_pairs_;
  std::optional<PairPicker> message_pairs_;
  std::optional<PairPicker> lookup_pairs_;
  std::map<std::string, HostIndex> places_;  ///< where each user's phone is
  std::map<std::string, std::uint32_t> phone_numbers_;
  CallBook calls_;
  MessageBook messages_;
  LookupBook lookups_;
  std::map<std::pair<HostIndex, std::uint64_t>, LookUp> looking_up_;
  std::deque<Duration> waiting_calls_;    ///< how long each will talk
  std::map<std::string, Duration> talk_;  ///< of the call each caller makes

  TimePoint changed_ = zero;  ///< when the world last changed
  bool converged_ = false;
  std::optional<double> first_convergence_s_;
  std::optional<double> convergence_s_;
  std::optional<double> reachable_90_s_;
  /// Newest when the world last changed, as seen at the first look after that.
  std::optional<std::map<overlay::KeyHash, overlay::Version>> versions_;
  std::vector<unsigned> components_;
  std::optional<TimePoint> components_at_;
  TimePoint checked_ = zero;
  TimePoint disks_checked_ = zero;
  std::set<std::size_t> reported_lost_;
  bool reported_budget_ = false;
  std::vector<std::string> violations_;

  std::uint64_t carried_bytes_ = 0;  ///< of packets from node to node, on the air
  std::uint64_t routing_bytes_ = 0;
  TrafficBook traffic_;
  std::uint64_t media_packets_ = 0;  ///< that phones received
  /// What was counted when the warm-up ended.
  struct Before {
    Medium::Counters frames;
    std::vector<Duration> airtime;
    std::uint64_t carried_bytes = 0;
    std::uint64_t routing_bytes = 0;
    TrafficBook::Totals traffic{};
    std::uint64_t media_packets = 0;
  };
  Before before_;
};

}  // namespace muster::sim
