// SPDX-License-Identifier: Apache-2.0
#include "sim/run_sampler.hpp"

#include <algorithm>
#include <cmath>

namespace muster::sim {
namespace {

/// Smaller steps are not told.
constexpr double step_m = 0.5;

bool moved(const std::optional<Position>& before, const Position& now) {
  return !before || std::abs(before->x_m - now.x_m) + std::abs(before->y_m - now.y_m) >= step_m;
}

}  // namespace

RunSampler::RunSampler(const Scenario& scenario, Recorder& recorder)
    : recorder_(recorder), hosts_(scenario.hosts.size()), places_(scenario.hosts.size()) {
  for (HostIndex host = 0; host < hosts_; ++host) names_[scenario.hosts[host].name] = host;
}

void RunSampler::look(TimePoint now, const Medium& medium,
                      const std::vector<const node::FieldNode*>& nodes) {
  look_at_places(medium);
  look_at_neighbours(now, nodes);
  look_at_components(medium, nodes);
  look_at_airtime(medium);
  due_ += recorder_.period();
}

void RunSampler::look_at_places(const Medium& medium) {
  for (HostIndex host = 0; host < hosts_; ++host) {
    const auto place = medium.position(host);
    if (!place || !moved(places_[host], *place)) continue;
    places_[host] = place;
    recorder_.record(due_, Recorder::Placed{host, *place});
  }
}

void RunSampler::look_at_neighbours(TimePoint now,
                                    const std::vector<const node::FieldNode*>& nodes) {
  std::set<Pair> links;
  for (HostIndex host = 0; host < hosts_; ++host) {
    if (nodes[host] == nullptr) continue;
    const auto peers = nodes[host]->report(now, node::Question::peers);
    for (const auto& peer : std::get<std::vector<node::PeerReport>>(peers)) {
      const auto other = names_.find(peer.name);
      if (peer.up && other != names_.end()) links.insert(std::minmax(host, other->second));
    }
  }
  for (const auto& link : links_) {
    if (!links.contains(link))
      recorder_.record(due_, Recorder::Linked{link.first, link.second, false});
  }
  for (const auto& link : links) {
    if (!links_.contains(link))
      recorder_.record(due_, Recorder::Linked{link.first, link.second, true});
  }
  links_ = std::move(links);
}

void RunSampler::look_at_components(const Medium& medium,
                                    const std::vector<const node::FieldNode*>& nodes) {
  std::vector<bool> alive;
  for (const auto* node : nodes) alive.push_back(node != nullptr);
  auto components = medium.components(alive);
  if (components == components_) return;
  components_ = std::move(components);
  recorder_.record(due_, Recorder::Grouped{components_});
}

void RunSampler::look_at_airtime(const Medium& medium) {
  Recorder::OnAir on_air{{}, medium.counters().bytes_on_air};
  for (HostIndex host = 0; host < hosts_; ++host) on_air.airtime.push_back(medium.airtime(host));
  recorder_.record(due_, on_air);
}

}  // namespace muster::sim
