// SPDX-License-Identifier: Apache-2.0
// Who offers a service, the nearest first.
#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "node/field_node_core.hpp"

namespace muster::node {
namespace {

double milliseconds(Duration span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

/// Here, then within reach, then not. Where everybody is known the way's cost says how near, else
/// what a question took: there few ways are known, and all are a hop or two.
auto nearness(const ServicesReport::Offer& offer, bool by_round_trip) {
  constexpr double far = std::numeric_limits<double>::max();
  const int rank = offer.here ? 0 : offer.reachable ? 1 : 2;
  const double cost = offer.metric == 0 ? far : offer.metric;
  const double took = offer.rtt_ms == 0 ? far : offer.rtt_ms;
  const double newness = rank == 2 ? offer.age_s : 0;
  return std::tuple(rank, by_round_trip ? took : cost, by_round_trip ? cost : took, newness,
                    offer.name, offer.node);
}

}  // namespace

ServicesReport FieldNode::Core::services(TimePoint now, std::string_view service,
                                         std::uint64_t number) {
  const bool searched = membership_ == overlay::Membership::buckets;
  if (number == 0 && searched) number = seek_services(now, service);
  settle(now);
  const auto* question = finder_.find(number);
  ServicesReport report;
  report.number = number;
  report.service = service;
  report.offers = offers(now, service, question);
  std::ranges::sort(report.offers, {}, [&](const auto& offer) {
    return std::tuple(offer.service, nearness(offer, searched));
  });
  report.done = question == nullptr || question->done(now);
  bool none = false;
  if (!searched) {
    report.asked = static_cast<std::uint32_t>(routes().size());
    report.silent = static_cast<std::uint32_t>(silent_nodes());
    none = report.silent == 0;
  } else if (question != nullptr) {
    report.asked = question->holders;
    report.silent = question->silent;
    none = question->look_ups.empty() && !question->any_unknown;
  }
  report.listening = rendezvous_.directory().epoch() == 0;
  none = none && !report.listening;
  report.state = !report.offers.empty() ? "found" : none ? "none" : "unknown";
  return report;
}

/// Nodes within reach of which nobody has said anything in this life yet: what they offer is not
/// known.
std::size_t FieldNode::Core::silent_nodes() const {
  const auto reached = routes();
  return static_cast<std::size_t>(std::ranges::count_if(reached, [&](const RouteReport& route) {
    const auto node = NodeId::from_hex(route.node);
    return node && !rendezvous_.heard_of(*node);
  }));
}

std::uint64_t FieldNode::Core::seek_services(TimePoint now, std::string_view service) {
  std::set<std::uint64_t> look_ups;
  if (!service.empty()) {
    look_ups.insert(rendezvous_.look_up_service(now, std::string{service}));
  } else {
    for (const auto& name : service_names) {
      look_ups.insert(rendezvous_.look_up_service(now, std::string{name}));
    }
  }
  return finder_.open(now, service, std::move(look_ups));
}

/// Now that they are known it is found out how far away they are.
void FieldNode::Core::service_looked_up(TimePoint now, const Rendezvous::LookedUp& answer) {
  const auto question =
      finder_.looked_up(answer.number, {answer.outcome, answer.holders, answer.silent});
  if (!question) return;
  std::vector<NodeId> nodes;
  for (const auto& offer : rendezvous_.offers(finder_.find(*question)->service)) {
    if (!rendezvous_.reachable(offer.node)) nodes.push_back(offer.node);
  }
  for (const auto& node : finder_.look_for(*question, nodes))
    rendezvous_.find_node(now, node, true);
}

std::vector<ServicesReport::Offer> FieldNode::Core::offers(
    TimePoint now, std::string_view service, const ServiceFinder::Question* question) const {
  std::map<std::string, std::uint32_t> metrics;
  for (const auto& route : routes()) metrics[route.node] = route.metric;
  std::map<NodeId, Duration> round_trips;
  for (const auto& peer : mesh_.neighbours().peers()) {
    if (peer.up) round_trips[peer.id] = peer.quality.srtt;
  }
  std::vector<ServicesReport::Offer> all;
  for (auto& each : rendezvous_.offers(service)) {
    ServicesReport::Offer offer;
    offer.service = std::move(each.service);
    offer.node = each.node.hex();
    offer.name = rendezvous_.name_of(each.node);
    offer.note = std::move(each.note);
    offer.here = each.node == self_;
    if (const auto route = metrics.find(offer.node); route != metrics.end()) {
      offer.metric = route->second;
    }
    if (const auto peer = round_trips.find(each.node); peer != round_trips.end()) {
      offer.rtt_ms = milliseconds(peer->second);
    }
    offer.reachable = offer.here || offer.metric != 0;
    if (question != nullptr && !offer.reachable) {
      const auto met = question->met.find(each.node);
      offer.reachable = met != question->met.end();
      if (offer.reachable && met->second) offer.rtt_ms = milliseconds(*met->second);
    }
    offer.age_s = std::chrono::duration<double>(now - each.born).count();
    offer.confirmed = !each.stale;
    all.push_back(std::move(offer));
  }
  return all;
}

}  // namespace muster::node
