// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "node/field_node_core.hpp"

namespace muster::node {
namespace {

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

Report FieldNode::Core::report(TimePoint now, Question question) const {
  switch (question) {
    case Question::status:
      return status(now);
    case Question::peers:
      return peers();
    case Question::routes:
      return routes();
    case Question::users:
      return rendezvous_.users();
    case Question::messages:
      return keeper_.report(now);
    case Question::links:
      return links();
    case Question::health:
      return health_;
    case Question::trace:
      return TraceReport{};
    case Question::services:
      return ServicesReport{};
  }
  return StatusReport{};
}

StatusReport FieldNode::Core::status(TimePoint now) const {
  StatusReport report;
  report.node = self_.hex();
  report.name = kit_.node_name;
  report.overlay = kit_.overlay;
  report.uptime_s = std::chrono::duration<double>(now - started_).count();
  report.boot = boot_;
  const auto neighbours = mesh_.neighbours().peers();
  report.neighbours = static_cast<std::uint32_t>(std::count_if(
      neighbours.begin(), neighbours.end(), [](const auto& peer) { return peer.up; }));
  const auto& channel = mesh_.metered().mesh().ways();
  report.neighbours += static_cast<std::uint32_t>(channel.neighbours(now).size());
  report.routes = static_cast<std::uint32_t>(routes().size());
  report.users = static_cast<std::uint32_t>(rendezvous_.registered_users());
  report.directory_digest = rendezvous_.directory().digest().hex();
  report.directory_records = static_cast<std::uint32_t>(rendezvous_.directory().records());
  const auto& directory = rendezvous_.directory();
  report.directory_spread = to_string(directory.spread());
  report.directory_members = to_string(directory.membership());
  report.directory_nodes = static_cast<std::uint32_t>(directory.nodes_estimated());
  if (directory.spread() == overlay::Spread::closest) {
    report.directory_copies = static_cast<std::uint32_t>(directory.copies());
    report.directory_copies_missing = static_cast<std::uint32_t>(directory.copies_missing());
  }
  report.messages_waiting = static_cast<std::uint32_t>(keeper_.outbox().waiting());
  report.counters = counters();
  return report;
}

std::vector<PeerReport> FieldNode::Core::peers() const {
  std::vector<PeerReport> all;
  for (const auto& peer : mesh_.neighbours().peers()) {
    all.push_back({peer.id.hex(), rendezvous_.name_of(peer.id), link_name(peer.path.link),
                   peer.path.address.text(), peer.up, milliseconds(peer.quality.srtt),
                   peer.quality.delivery_ratio});
  }
  const auto& metered = mesh_.metered();
  if (!metered.link()) return all;
  for (const auto& peer : metered.mesh().ways().neighbours(metered.now())) {
    all.push_back({peer.node.hex(), rendezvous_.name_of(peer.node), link_name(*metered.link()), "",
                   true, 0, peer.delivery_ratio});
  }
  return all;
}

std::vector<RouteReport> FieldNode::Core::routes() const {
  std::vector<RouteReport> all;
  for (const auto& route : mesh_.router().routes()) {
    all.push_back({route.destination.hex(), rendezvous_.name_of(route.destination),
                   route.next_hop.hex(), rendezvous_.name_of(route.next_hop), route.metric});
  }
  const auto& metered = mesh_.metered();
  for (const auto& node : metered.mesh().ways().destinations()) {
    const auto way = metered.mesh().ways().best(metered.now(), node);
    if (!way || mesh_.router().next_hop(node)) continue;
    // As the router counts: 256 is one transmission.
    const auto metric = static_cast<std::uint16_t>(way->cost * (256 / mesh::way_cost_unit));
    all.push_back({node.hex(), rendezvous_.name_of(node), way->over.hex(),
                   rendezvous_.name_of(way->over), metric});
  }
  return all;
}

std::vector<LinkReport> FieldNode::Core::links() const {
  std::vector<LinkReport> all;
  for (std::size_t number = 0; number < settings_.links.size(); ++number) {
    const auto& settings = settings_.links[number];
    LinkReport report;
    report.link = settings.name();
    report.kind = kind_name(settings.kind);
    if (settings.kind == LinkKind::udp) report.port = settings.port;
    report.mtu = static_cast<std::uint32_t>(settings.mtu);
    const auto found = traffic_.find(LinkId{static_cast<std::uint16_t>(number)});
    if (found != traffic_.end()) {
      const auto& traffic = found->second;
      report.up = traffic.up;
      report.datagram_bytes_max = static_cast<std::uint32_t>(traffic.datagram_bytes_max);
      report.frames_sent = traffic.frames_sent;
      report.bytes_sent = traffic.bytes_sent;
      report.frames_received = traffic.frames_received;
      report.bytes_received = traffic.bytes_received;
    }
    all.push_back(std::move(report));
  }
  return all;
}

HealthReport FieldNode::Core::check_health(TimePoint now) {
  if (health_checked_at_ && now - *health_checked_at_ < health_check_pause) {
    health_.from_before = true;
    return health_;
  }
  health_ = rendezvous_.check_health(now);
  if (!health_.listening) health_checked_at_ = now;
  settle(now);
  return health_;
}

std::vector<StatusReport::Counter> FieldNode::Core::counters() const {
  std::vector<StatusReport::Counter> all;
  mesh_.count(all);
  const auto& discovery = mesh_.neighbours().discovery_counters();
  all.push_back({"discovery.malformed", discovery.malformed});
  all.push_back({"discovery.old_boot", discovery.old_boot});
  all.push_back({"discovery.table_full", discovery.table_full});
  all.push_back({"discovery.refused", discovery.refused});
  all.push_back({"certificates.out_of_date", trust_.counters().out_of_date});
  const auto& cache = peer_cache_.counters();
  all.push_back({"peer_cache.damaged", cache.damaged});
  all.push_back({"peer_cache.not_written", cache.not_written});
  const auto& directory = rendezvous_.directory().counters();
  all.push_back({"directory.not_allowed", directory.not_allowed});
  all.push_back({"directory.bad_signature", directory.bad_signature});
  all.push_back({"directory.unsound", directory.unsound});
  all.push_back({"directory.over_limits", directory.over_limits});
  all.push_back({"directory.clones", directory.clones});
  all.push_back({"directory.store_failures", directory.store_failures});
  all.push_back({"directory.malformed_from_nodes", directory.malformed_from_nodes});
  const auto& direct = direct_.counters();
  all.push_back({"direct.unexpected", direct.unexpected});
  all.push_back({"direct.foreign", direct.foreign});
  all.push_back({"direct.malformed", direct.malformed});
  all.push_back({"direct.too_large", direct.too_large});
  all.push_back({"direct.too_many", direct.too_many});
  const auto& traces = tracer_.counters();
  all.push_back({"traces.malformed", traces.malformed});
  all.push_back({"traces.unasked", traces.unasked});
  all.push_back({"traces.too_often", traces.too_often});
  const auto& edge = edge_.counters();
  all.push_back({"sip.malformed", edge.malformed});
  all.push_back({"sip.unmatched", edge.unmatched});
  all.push_back({"sip.refused", edge.refused});
  all.push_back({"sip.over_limit", edge.over_limit});
  all.push_back({"sip.impersonations", edge.impersonations});
  const auto& post = post_.counters();
  all.push_back({"post.sealed", post.sealed});
  all.push_back({"post.sealed_brief", post.sealed_brief});
  all.push_back({"post.sealed_again", post.sealed_again});
  all.push_back({"post.prekeys_signed", post.prekeys_signed});
  all.push_back({"post.opened", post.opened});
  all.push_back({"post.receipts", post.receipts});
  all.push_back({"post.waiting_for_prekey", post.waiting_for_prekey});
  all.push_back({"post.malformed", post.malformed});
  all.push_back({"post.unopenable", post.unopenable});
  all.push_back({"post.not_ours", post.not_ours});
  all.push_back({"post.unknown_senders", post.unknown_senders});
  all.push_back({"post.forged", post.forged});
  all.push_back({"post.unmatched", post.unmatched});
  all.push_back({"post.over_limit", post.over_limit});
  all.push_back({"post.prekeys_not_stored", post_.prekey_counters().store_failures});
  all.push_back({"post.prekeys_not_erased", post_.prekey_counters().erase_failures});
  all.push_back({"sip.registrations_not_stored", registrations_.store_failures()});
  const auto& outbox = keeper_.outbox().counters();
  all.push_back({"messages.refused_over_quota", outbox.refused_over_quota});
  all.push_back({"messages.refused_too_large", outbox.refused_too_large});
  all.push_back({"messages.store_failures", outbox.store_failures});
  all.push_back({"messages.expired", outbox.expired});
  return all;
}

}  // namespace muster::node
