// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/precedence.hpp"
#include "core/base/time.hpp"
#include "sim/quantity.hpp"

namespace muster::sim {

/// A host of the scenario, counted from 0 (scenarios themselves count from 1).
using HostIndex = std::uint32_t;

struct Position {
  double x_m = 0;
  double y_m = 0;
};

/// How frames of one directed pair of hosts get lost. `burst` = 0: each by itself with
/// probability `rate`; else two states (Gilbert-Elliott) with mean burst length `burst` frames.
struct LossModel {
  double rate = 0;
  double burst = 0;
};

/// Chances, each 0..1, of what may happen to a frame that arrives.
struct ArrivalFaultRates {
  double duplicate = 0;
  double reorder = 0;
  double corrupt = 0;
};

enum class MediumKind { matrix, geometric };

struct MediumSpec {
  MediumKind kind = MediumKind::matrix;
  std::optional<std::string> profile;
  std::uint64_t bitrate_bps = 6'000'000;
  std::uint32_t mtu_bytes = 1400;
  Duration delay = std::chrono::milliseconds{1};
  LossModel loss;
  ArrivalFaultRates faults;
  std::optional<double> range_m;
  std::optional<double> path_loss_exponent;
  std::optional<double> shadowing_db;  ///< standard deviation
  std::optional<double> duty_cycle;
  bool csma = true;
  bool broadcast = true;
};

enum class Layout { chain, grid, mesh, random, clusters, positions };
enum class Mobility { stationary, random_waypoint, rpgm, disaster_area, trace };
enum class Nat { none, endpoint_independent, symmetric };

/// What the `[hosts]` table says of all hosts together.
struct HostsSpec {
  Layout layout = Layout::mesh;
  bool layout_given = false;  ///< else listed links are the only ones
  std::optional<double> spacing_m;
  std::optional<Area> area;
  std::uint32_t clusters = 1;
  Mobility mobility = Mobility::stationary;
  std::string trace_file;
  double speed_mps = 0;
  Duration pause{};
  double group_radius_m = 50;  ///< of rpgm
  std::optional<Duration> churn_median_session;
  double clock_drift = 0;  ///< every host's clock is fast or slow by a share up to this
  std::uint32_t bootstrap_peers = 0;
  double nat_endpoint_independent = 0;  ///< share of hosts, 0..1
  double nat_symmetric = 0;             ///< share of hosts, 0..1
};

struct Host {
  std::string name;
  std::vector<std::string> users;
  std::optional<Position> position;
  std::vector<Position> route;
  double speed_mps = 0;
  Duration stop{};
  Nat nat = Nat::none;
};

/// A `[[link]]`: overrides the medium's values between two hosts (from a to b only if `one_way`).
struct LinkSpec {
  HostIndex a = 0;
  HostIndex b = 0;
  bool one_way = false;
  std::optional<LossModel> loss;
  std::optional<Duration> delay;
  std::optional<std::uint64_t> bitrate_bps;
  std::optional<ArrivalFaultRates> faults = std::nullopt;
};

struct OverlaySpec {
  std::optional<std::uint64_t> replicate_to_all_bytes_max;
  std::optional<std::uint32_t> k;
  std::optional<std::uint32_t> alpha;
  bool roster_provisioned = true;
};

/// One kind of work: how much of it, between whom.
struct Load {
  std::optional<std::uint64_t> total;
  std::optional<double> per_host_minute;
  std::optional<double> per_host_hour;
  std::string pattern = "any_to_any";  ///< or to_one, ends, X_to_Y by user names
  std::uint32_t payload_bytes = 100;
  Duration talk = std::chrono::seconds{10};
  Precedence precedence = Precedence::routine;
};

struct Workload {
  Duration start{};
  std::optional<Duration> stop;
  std::optional<Load> lookups;
  std::optional<Load> messages;
  std::optional<Load> calls;
};

struct PartitionEvent {
  std::vector<std::vector<HostIndex>> groups;  ///< hosts named in none form one more group
  bool by_clusters = false;
  /// Only one way: what the first group sends reaches none of the others, but it still hears them.
  bool one_way = false;
};
struct HealEvent {};
struct KillEvent {
  std::vector<HostIndex> hosts;
  std::optional<double> fraction;
};
struct RestartEvent {
  std::vector<HostIndex> hosts;  ///< none named: all that were killed
};
struct MoveEvent {
  std::vector<HostIndex> hosts;
  Position to;
};
struct LossEvent {
  double rate = 0;
  std::optional<std::pair<HostIndex, HostIndex>> between;  ///< nothing: every link
};
struct ClockEvent {
  std::vector<HostIndex> hosts;
  Duration offset{};
};
struct RevokeEvent {
  std::string user;  ///< one of the two is given
  std::optional<HostIndex> host;
};
struct DiskEvent {
  std::vector<HostIndex> hosts;
  bool full = false;  ///< or has room again
};
/// The user's phone starts anew and registers, at `host` if given.
struct RegisterEvent {
  std::string user;
  std::optional<HostIndex> host;
};
struct MessageEvent {
  std::string from;
  std::string to;
  std::string text;
};
struct CallEvent {
  std::string from;
  std::string to;
  Duration talk{};
};

using EventAction =
    std::variant<PartitionEvent, HealEvent, KillEvent, RestartEvent, MoveEvent, LossEvent,
                 ClockEvent, RevokeEvent, DiskEvent, RegisterEvent, MessageEvent, CallEvent>;

struct Event {
  Duration at{};
  EventAction action;
  std::uint32_t line = 0;  ///< in the scenario's file, for messages to people
};

enum class Comparison { at_least, at_most, equals };

struct Expectation {
  std::string metric;
  Comparison comparison = Comparison::equals;
  double value = 0;
};

enum class FaultKind { kill, partition, loss, clock, disk };

/// Faults drawn anew for every seed, beside the scenario's own events (see swarm_faults.hpp).
struct SwarmSpec {
  std::vector<FaultKind> faults;  ///< kinds that may be drawn; none: nothing is drawn
  std::uint32_t faults_max = 6;   ///< in one run
  std::optional<Duration> start;  ///< the first fault comes no earlier; default: the workload's
  std::optional<Duration> stop;   ///< by then all is undone; default: the workload's
  double loss_max = 0.6;
  std::optional<std::vector<std::uint32_t>> only;  ///< of the drawn faults, counted from 1
  std::vector<std::uint32_t> omit_events;  ///< of the `[[event]]`s in the file, counted from 1
};

struct MotionTrace;
struct ContactTrace;

/// A drill or experiment: one file, for the simulator and the live emulator alike.
struct Scenario {
  std::string name;
  Duration duration{};
  Duration warmup{};
  std::uint64_t seed = 1;
  MediumSpec medium;
  HostsSpec layout;
  std::shared_ptr<const MotionTrace> motion;     ///< of `layout.trace_file`, if it has places
  std::shared_ptr<const ContactTrace> contacts;  ///< of `layout.trace_file`, if it has meetings
  std::vector<Host> hosts;                       ///< whole, whether given by count or one by one
  std::vector<LinkSpec> links;
  OverlaySpec overlay;
  bool crypto_modelled = false;
  std::string node_settings;  ///< the `[node]` table as TOML: keys of musterd's configuration
  Workload workload;
  std::vector<Event> events;  ///< in order of time, then of the file
  SwarmSpec swarm;
  std::vector<Expectation> expectations;

  [[nodiscard]] std::optional<HostIndex> host_of_user(const std::string& user) const;
};

}  // namespace muster::sim
