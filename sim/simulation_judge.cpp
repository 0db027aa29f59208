// SPDX-License-Identifier: Apache-2.0
// What must be so at all times, and when all agree.
#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "core/overlay/directory.hpp"
#include "core/wire/sip_binding_record.hpp"
#include "sim/simulation.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration look_period = 200ms;
/// Of more hosts than these all are looked at less often in proportion.
constexpr std::size_t looked_at_once = 256;
/// What costs more than a look is looked at less often.
constexpr Duration check_period = 5s;
constexpr Duration disk_check_period = 60s;  ///< and whenever power fails
/// Whom a partition keeps apart is known well enough for so long; hosts may be moving.
constexpr Duration components_age_max = 1s;
/// Routes of so many destinations are followed each time, from so many hosts.
constexpr std::size_t destinations_checked = 8;
constexpr std::size_t sources_checked = 64;
/// To see whether all reach all, at most so many are asked.
constexpr std::size_t hosts_sampled = 64;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

void Simulation::look() {
  judge_convergence();
  judge_reach();
  if (now_ - checked_ >= check_period) {
    checked_ = now_;
    check_routes();
    check_budget();
  }
  if (now_ - disks_checked_ >= disk_check_period) {
    disks_checked_ = now_;
    check_messages();
    check_limits();
  }
  const auto times = 1 + hosts_.size() / looked_at_once;
  at(now_ + look_period * static_cast<Duration::rep>(times), [this] { look(); });
}

std::vector<bool> Simulation::alive() const {
  std::vector<bool> all;
  all.reserve(hosts_.size());
  for (const auto& slot : hosts_) all.push_back(slot.host.alive());
  return all;
}

const std::vector<unsigned>& Simulation::components() {
  if (!components_at_ || now_ - *components_at_ > components_age_max) {
    components_ = medium_->components(alive());
    components_at_ = now_;
  }
  return components_;
}

std::optional<HostIndex> Simulation::host_of(const NodeId& node) const {
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? std::nullopt : std::optional(found->second);
}

/// What everybody is to know in the end: the newest version of everything that any living node
/// holds at this moment.
void Simulation::note_versions() {
  versions_.emplace();
  for (const auto& slot : hosts_) {
    if (!slot.host.alive()) continue;
    for (const auto& item : slot.host.node()->directory().listing()) {
      auto& newest = (*versions_)[item.hash];
      newest = std::max(newest, item.version);
    }
  }
}

void Simulation::judge_convergence() {
  if (converged_) return;
  if (!versions_) note_versions();
  const auto& component = components();
  const bool moving = scenario_.layout.mobility != Mobility::stationary ||
                      std::any_of(scenario_.hosts.begin(), scenario_.hosts.end(),
                                  [](const Host& host) { return !host.route.empty(); });
  if (!directories_agree(component)) return;
  // Where hosts move or come and go there is always somebody to whom the way is not known yet.
  if (!moving && !scenario_.layout.churn_median_session && !routes_lead(component)) return;
  converged_ = true;
  convergence_s_ = seconds(now_ - changed_);
  if (!first_convergence_s_) first_convergence_s_ = convergence_s_;
}

/// In each component everybody has, of all that was written before the last change of the world,
/// the newest version that is there.
bool Simulation::directories_agree(const std::vector<unsigned>& component) const {
  std::map<unsigned, std::vector<const overlay::Directory*>> together;
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    const auto& machine = hosts_[host].host;
    if (machine.alive()) together[component[host]].push_back(&machine.node()->directory());
  }
  for (const auto& [number, directories] : together) {
    const auto digest = directories.front()->digest();
    const bool same = std::all_of(directories.begin(), directories.end(), [&](const auto* other) {
      return other->digest() == digest && other->epoch() != 0;
    });
    if (same) continue;
    if (std::all_of(directories.begin(), directories.end(), [](const auto* each) {
          return each->membership() == overlay::Membership::buckets && each->epoch() != 0;
        })) {
      if (!holders_agree(directories)) return false;
      continue;
    }
    for (const auto& [hash, wanted] : *versions_) {
      std::optional<overlay::Version> newest;
      for (const auto* directory : directories) {
        if (const auto held = directory->highest(hash); held && (!newest || *held > *newest))
          newest = held;
      }
      if (!newest) continue;  // nobody here ever had it
      newest = std::min(*newest, wanted);
      for (const auto* directory : directories) {
        // Where not everybody is to have it, whoever has it has the newest.
        const auto held = directory->highest(hash);
        if (!held && directory->spread() == overlay::Spread::closest) continue;
        if (directory->only_cached(hash)) continue;
        if (!held || *held < *newest) return false;
      }
    }
    // Who only listens has not said yet what it knows.
    if (std::any_of(directories.begin(), directories.end(),
                    [](const auto* directory) { return directory->epoch() == 0; })) {
      return false;
    }
  }
  return true;
}

/// Whoever keeps something has the newest version of it.
bool Simulation::holders_agree(const std::vector<const overlay::Directory*>& directories) const {
  std::unordered_map<overlay::KeyHash, overlay::Version> newest;
  for (const auto* directory : directories) {
    for (const auto& item : directory->listing()) {
      auto& version = newest[item.hash];
      version = std::max(version, item.version);
    }
  }
  for (const auto* directory : directories) {
    for (const auto& item : directory->listing()) {
      const auto wanted = versions_->find(item.hash);
      if (wanted == versions_->end() || directory->only_cached(item.hash)) continue;
      if (item.version < std::min(newest.at(item.hash), wanted->second)) return false;
    }
  }
  return true;
}

/// Where a packet gets to from `at`. Nowhere if the next hop is dead, and nowhere if it has started
/// anew since it last spoke to `at`: what is sealed for its earlier life it cannot read.
std::optional<HostIndex> Simulation::next_stop(HostIndex at, HostIndex to) const {
  const auto& router = hosts_[at].host.node()->router();
  const auto next = router.next_hop(hosts_[to].id);
  const auto hop = next ? host_of(*next) : std::nullopt;
  if (!hop || !hosts_[*hop].host.alive()) return std::nullopt;
  if (router.neighbour_boot(*next) != hosts_[*hop].host.node()->router().boot())
    return std::nullopt;
  return hop;
}

/// Hop by hop over living hosts of the component, from each to each.
bool Simulation::routes_lead(const std::vector<unsigned>& component) const {
  for (HostIndex to = 0; to < hosts_.size(); ++to) {
    if (!hosts_[to].host.alive()) continue;
    // Every host's next step towards `to`; all paths are walked at once.
    std::vector<std::uint8_t> leads(hosts_.size());
    leads[to] = 1;
    for (HostIndex from = 0; from < hosts_.size(); ++from) {
      if (!hosts_[from].host.alive() || component[from] != component[to]) continue;
      std::vector<HostIndex> path;
      auto at = from;
      while (leads[at] == 0) {
        if (path.size() > hosts_.size()) return false;
        path.push_back(at);
        const auto hop = next_stop(at, to);
        if (!hop || component[*hop] != component[to]) return false;
        at = *hop;
      }
      for (const auto host : path) leads[host] = 1;
    }
  }
  return true;
}

/// A success is the newest version of every binding that any living, reachable node holds; and
/// nobody may answer what its writer never wrote.
void Simulation::judge_answer(HostIndex host, const node::FieldNode::LookedUp& answer) {
  const auto asked = looking_up_.extract({host, answer.number});
  if (asked.empty()) return;
  const auto& [asker, aor, since] = asked.mapped();
  std::map<NodeId, overlay::Version> newest;
  const auto& component = components();
  for (const HostIndex other : bindings_.of(aor)) {
    if (!hosts_[other].host.alive() || component[other] != component[host]) continue;
    for (const auto& held :
         hosts_[other].host.node()->directory().find(overlay::Kind::sip_binding, aor)) {
      auto& version = newest[held.writer];
      version = std::max(version, held.version);
    }
  }
  std::map<NodeId, overlay::Version> found;
  for (const auto& binding : answer.bindings) {
    found[binding.node] = binding.version;
    const auto writer = host_of(binding.node);
    const auto own = writer && hosts_[*writer].host.alive()
                         ? hosts_[*writer].host.node()->directory().epoch()
                         : binding.version.epoch;
    if (!writer || (own != 0 && binding.version.epoch > own) ||
        !wire::parse_sip_binding_record(binding.value)) {
      violation(fmt::format("{} finds for {} what nobody wrote", scenario_.hosts[host].name, aor));
    }
  }
  if (newest.empty() && answer.bindings.empty()) return lookups_.withdrawn();
  const bool all = std::all_of(newest.begin(), newest.end(), [&](const auto& held) {
    const auto there = found.find(held.first);
    return there != found.end() && there->second >= held.second;
  });
  const auto outcome = answer.timed_out          ? LookupBook::Outcome::timed_out
                       : answer.bindings.empty() ? LookupBook::Outcome::false_negative
                       : all                     ? LookupBook::Outcome::newest
                                                 : LookupBook::Outcome::outdated;
  lookups_.answered(now_ - since, outcome);
  if (options_.recorder != nullptr && outcome != LookupBook::Outcome::newest)
    tell(Recorder::Happened{failure_text(asked.mapped(), answer, outcome)});
}

/// Why a look-up did not succeed, as far as it shows from outside.
std::string Simulation::failure_text(const LookUp& asked, const node::FieldNode::LookedUp& answer,
                                     LookupBook::Outcome outcome) const {
  constexpr std::array<std::string_view, 4> names{"newest", "outdated", "absent", "unknown"};
  auto text =
      fmt::format("look-up of {} by {} after {:.3f} s: {}, {} silent; held, by age:", asked.aor,
                  scenario_.hosts[asked.host].name, seconds(now_ - asked.asked),
                  names[static_cast<std::size_t>(outcome)], answer.silent);
  struct Held {
    double age = 0;
    unsigned by = 0;
    bool found = false;
    bool at_writer = false;
  };
  std::map<std::pair<overlay::Version, bool>, Held> versions;
  for (const HostIndex host : bindings_.of(asked.aor)) {
    const auto& slot = hosts_[host];
    if (!slot.host.alive()) continue;
    const auto& directory = slot.host.node()->directory();
    for (const auto& held : directory.find(overlay::Kind::sip_binding, asked.aor)) {
      auto& version = versions[{held.version, held.stale}];
      ++version.by;
      version.age = seconds(slot.host.age(now_, held.born));
      version.at_writer = version.at_writer || held.writer == slot.id;
      for (const auto& binding : answer.bindings)
        version.found = version.found || binding.version == held.version;
    }
  }
  for (const auto& [version, held] : versions) {
    text += fmt::format(" {}.{}{} {:.3f} s by {}{}{};", version.first.epoch, version.first.sequence,
                        version.second ? " (hint)" : "", held.age, held.by,
                        held.at_writer ? " and its writer" : "", held.found ? ", found" : "");
  }
  return text;
}

/// When first nine of ten pairs have a path that leads over living hosts; of many hosts some.
void Simulation::judge_reach() {
  if (reachable_90_s_ || hosts_.size() < 2) return;
  const auto step = (hosts_.size() + hosts_sampled - 1) / hosts_sampled;
  std::size_t pairs = 0;
  std::size_t reached = 0;
  for (HostIndex to = 0; to < hosts_.size(); to += static_cast<HostIndex>(step)) {
    for (HostIndex from = 0; from < hosts_.size(); from += static_cast<HostIndex>(step)) {
      if (from == to) continue;
      ++pairs;
      if (!hosts_[from].host.alive() || !hosts_[to].host.alive()) continue;
      std::optional<HostIndex> at = from;
      for (std::size_t hops = 0; at && *at != to && hops <= hosts_.size(); ++hops)
        at = next_stop(*at, to);
      if (at == to) ++reached;
    }
  }
  if (reached * 10 >= pairs * 9) reachable_90_s_ = seconds(elapsed());
}

/// RFC 8966's feasibility condition keeps routes from looping at every moment.
void Simulation::check_routes() {
  std::vector<HostIndex> living;
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    if (hosts_[host].host.alive()) living.push_back(host);
  }
  if (living.empty()) return;
  const auto some = [&](std::size_t most) {
    if (living.size() <= most) return living;
    std::set<HostIndex> chosen;
    while (chosen.size() < most) chosen.insert(living[samples_.below(living.size())]);
    return std::vector<HostIndex>(chosen.begin(), chosen.end());
  };
  for (const auto to : some(destinations_checked)) {
    for (const auto from : some(sources_checked)) {
      std::set<HostIndex> visited;
      std::optional<HostIndex> at = from;
      while (at && *at != to) {
        if (!visited.insert(*at).second) {
          violation(fmt::format("the route from {} to {} goes round in circles at {}",
                                scenario_.hosts[from].name, scenario_.hosts[to].name,
                                scenario_.hosts[*at].name));
          return;
        }
        at = next_stop(*at, to);
      }
    }
  }
}

/// All messages that lie on some disk and are not settled, as SimulatedDisk names them.
std::set<std::string> Simulation::carried() {
  std::set<std::string> all;
  for (auto& slot : hosts_) {
    for (auto& message : slot.host.disk().carried()) all.insert(std::move(message));
  }
  return all;
}

/// What was accepted and not shown yet lies on somebody's disk.
void Simulation::check_messages() {
  const auto& all = messages_.all();
  std::optional<std::set<std::string>> lying;
  for (std::size_t number = 0; number < all.size(); ++number) {
    const auto& message = all[number];
    if (!message.accepted || message.shown || reported_lost_.contains(number)) continue;
    if (!lying) lying = carried();
    if (lying->contains(SimulatedDisk::message_name(message.from + '@' + simulated_domain,
                                                    message.to + '@' + simulated_domain,
                                                    message.text))) {
      continue;
    }
    reported_lost_.insert(number);
    violation(fmt::format("the message \"{}\" from {} to {} was accepted, and nobody has it",
                          message.text, message.from, message.to));
  }
}

void Simulation::check_limits() {
  const overlay::DirectoryLimits limits;
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    if (!hosts_[host].host.alive()) continue;
    const auto& directory = hosts_[host].host.node()->directory();
    if (directory.records() > limits.records_max || directory.bytes() > limits.bytes_max) {
      violation(fmt::format("{}'s directory is above its limits: {} records, {} octets",
                            scenario_.hosts[host].name, directory.records(), directory.bytes()));
    }
    const auto stored = hosts_[host].host.disk().message_bytes();
    if (stored > options_.settings.message_quota_bytes) {
      violation(fmt::format("{} keeps {} octets of messages, more than its quota",
                            scenario_.hosts[host].name, stored));
    }
  }
}

void Simulation::check_budget() {
  if (reported_budget_ || medium_->counters().over_budget == 0) return;
  reported_budget_ = true;
  violation("a frame was sent although the budget of airtime was used up");
}

void Simulation::violation(const std::string& sentence) {
  violations_.push_back(fmt::format("{:.3f} s: {}", seconds(elapsed()), sentence));
}

}  // namespace muster::sim
