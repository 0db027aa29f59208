// SPDX-License-Identifier: Apache-2.0
#include "node/io/control_codec.hpp"

#include "core/wire/control.pb.h"
#include "node/io/services_codec.hpp"

namespace muster::node {
namespace {

Bytes serialised(const google::protobuf::MessageLite& message) {
  Bytes bytes(message.ByteSizeLong());
  message.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

void fill(wire::ControlReply& reply, const StatusReport& report) {
  auto& out = *reply.mutable_status();
  out.set_node(report.node);
  out.set_name(report.name);
  out.set_overlay(report.overlay);
  out.set_uptime_s(report.uptime_s);
  out.set_boot(report.boot);
  out.set_neighbours(report.neighbours);
  out.set_routes(report.routes);
  out.set_users(report.users);
  out.set_directory_digest(report.directory_digest);
  out.set_directory_records(report.directory_records);
  out.set_messages_waiting(report.messages_waiting);
  out.set_directory_spread(report.directory_spread);
  out.set_directory_members(report.directory_members);
  out.set_directory_nodes(report.directory_nodes);
  out.set_directory_copies(report.directory_copies);
  out.set_directory_copies_missing(report.directory_copies_missing);
  for (const auto& counter : report.counters) {
    auto& added = *out.add_counters();
    added.set_name(counter.name);
    added.set_value(counter.value);
  }
}

void fill(wire::ControlReply& reply, const std::vector<PeerReport>& peers) {
  auto& out = *reply.mutable_peers();
  for (const auto& peer : peers) {
    auto& added = *out.add_peers();
    added.set_node(peer.node);
    added.set_name(peer.name);
    added.set_link(peer.link);
    added.set_address(peer.address);
    added.set_up(peer.up);
    added.set_rtt_ms(peer.rtt_ms);
    added.set_delivery_ratio(peer.delivery_ratio);
  }
}

void fill(wire::ControlReply& reply, const std::vector<RouteReport>& routes) {
  auto& out = *reply.mutable_routes();
  for (const auto& route : routes) {
    auto& added = *out.add_routes();
    added.set_node(route.node);
    added.set_name(route.name);
    added.set_next_hop(route.next_hop);
    added.set_next_hop_name(route.next_hop_name);
    added.set_metric(route.metric);
  }
}

void fill(wire::ControlReply& reply, const std::vector<UserReport>& users) {
  auto& out = *reply.mutable_users();
  for (const auto& user : users) {
    auto& added = *out.add_users();
    added.set_aor(user.aor);
    added.set_registered(user.registered);
    for (const auto& at : user.nodes) {
      auto& place = *added.add_nodes();
      place.set_node(at.node);
      place.set_name(at.name);
    }
  }
}

void fill(wire::ControlReply& reply, const std::vector<MessageReport>& messages) {
  auto& out = *reply.mutable_messages();
  for (const auto& message : messages) {
    auto& added = *out.add_messages();
    added.set_id(message.id);
    added.set_from(message.from);
    added.set_to(message.to);
    added.set_state(message.state);
    added.set_age_s(message.age_s);
    added.set_attempts(message.attempts);
  }
}

void fill(wire::ControlReply& reply, const std::vector<LinkReport>& links) {
  auto& out = *reply.mutable_links();
  for (const auto& link : links) {
    auto& added = *out.add_links();
    added.set_link(link.link);
    added.set_kind(link.kind);
    added.set_port(link.port);
    added.set_up(link.up);
    added.set_trouble(link.trouble);
    added.set_mtu(link.mtu);
    added.set_datagram_bytes_max(link.datagram_bytes_max);
    added.set_frames_sent(link.frames_sent);
    added.set_bytes_sent(link.bytes_sent);
    added.set_frames_received(link.frames_received);
    added.set_bytes_received(link.bytes_received);
    added.set_send_errors(link.send_errors);
    added.set_receive_errors(link.receive_errors);
  }
}

void fill(wire::ControlReply& reply, const HealthReport& health) {
  auto& out = *reply.mutable_health();
  out.set_listening(health.listening);
  out.set_put(health.put);
  out.set_got(health.got);
  out.set_from_before(health.from_before);
  out.set_epoch(health.epoch);
  out.set_sequence(health.sequence);
}

void fill(wire::ControlTraceStep& out, const TraceReport::Step& step) {
  out.set_node(step.node);
  out.set_name(step.name);
  out.set_answered(step.answered);
  out.set_asked(step.asked);
  out.set_round_trip_ms(step.round_trip_ms);
  out.set_next_hop(step.next_hop);
  out.set_next_hop_name(step.next_hop_name);
  out.set_metric(step.metric);
  out.set_delivery_ratio(step.delivery_ratio);
  out.set_hop_rtt_ms(step.hop_rtt_ms);
  out.set_uptime_s(step.uptime_s);
  for (const auto& held : step.records) {
    auto& added = *out.add_records();
    added.set_writer(held.writer);
    added.set_writer_name(held.writer_name);
    added.set_epoch(held.epoch);
    added.set_sequence(held.sequence);
    added.set_age_s(held.age_s);
  }
}

void fill(wire::ControlReply& reply, const TraceReport& trace) {
  auto& out = *reply.mutable_trace();
  out.set_number(trace.number);
  out.set_target(trace.target);
  out.set_done(trace.done);
  out.set_state(trace.state);
  out.set_spread(trace.spread);
  for (const auto& path : trace.paths) {
    auto& added = *out.add_paths();
    added.set_to(path.to);
    added.set_to_name(path.to_name);
    added.set_state(path.state);
    for (const auto& step : path.steps) fill(*added.add_steps(), step);
  }
  for (const auto& holder : trace.holders) fill(*out.add_holders(), holder);
}

StatusReport plain(const wire::ControlStatus& in) {
  StatusReport report;
  report.node = in.node();
  report.name = in.name();
  report.overlay = in.overlay();
  report.uptime_s = in.uptime_s();
  report.boot = in.boot();
  report.neighbours = in.neighbours();
  report.routes = in.routes();
  report.users = in.users();
  report.directory_digest = in.directory_digest();
  report.directory_records = in.directory_records();
  report.directory_spread = in.directory_spread();
  report.directory_members = in.directory_members();
  report.directory_nodes = in.directory_nodes();
  report.directory_copies = in.directory_copies();
  report.directory_copies_missing = in.directory_copies_missing();
  report.messages_waiting = in.messages_waiting();
  for (const auto& counter : in.counters()) {
    report.counters.push_back({counter.name(), counter.value()});
  }
  return report;
}

std::vector<PeerReport> plain(const wire::ControlPeers& in) {
  std::vector<PeerReport> peers;
  for (const auto& peer : in.peers()) {
    peers.push_back({peer.node(), peer.name(), peer.link(), peer.address(), peer.up(),
                     peer.rtt_ms(), peer.delivery_ratio()});
  }
  return peers;
}

std::vector<RouteReport> plain(const wire::ControlRoutes& in) {
  std::vector<RouteReport> routes;
  for (const auto& route : in.routes()) {
    routes.push_back(
        {route.node(), route.name(), route.next_hop(), route.next_hop_name(), route.metric()});
  }
  return routes;
}

std::vector<UserReport> plain(const wire::ControlUsers& in) {
  std::vector<UserReport> users;
  for (const auto& user : in.users()) {
    UserReport report{user.aor(), user.registered(), {}};
    for (const auto& at : user.nodes()) report.nodes.push_back({at.node(), at.name()});
    users.push_back(std::move(report));
  }
  return users;
}

std::vector<MessageReport> plain(const wire::ControlMessages& in) {
  std::vector<MessageReport> messages;
  for (const auto& message : in.messages()) {
    messages.push_back({message.id(), message.from(), message.to(), message.state(),
                        message.age_s(), message.attempts()});
  }
  return messages;
}

std::vector<LinkReport> plain(const wire::ControlLinks& in) {
  std::vector<LinkReport> links;
  for (const auto& link : in.links()) {
    links.push_back({.link = link.link(),
                     .kind = link.kind(),
                     .port = static_cast<std::uint16_t>(link.port()),
                     .up = link.up(),
                     .trouble = link.trouble(),
                     .mtu = link.mtu(),
                     .datagram_bytes_max = link.datagram_bytes_max(),
                     .frames_sent = link.frames_sent(),
                     .bytes_sent = link.bytes_sent(),
                     .frames_received = link.frames_received(),
                     .bytes_received = link.bytes_received(),
                     .send_errors = link.send_errors(),
                     .receive_errors = link.receive_errors()});
  }
  return links;
}

HealthReport plain(const wire::ControlHealth& in) {
  return {in.listening(), in.put(), in.got(), in.from_before(), in.epoch(), in.sequence()};
}

TraceReport::Step plain(const wire::ControlTraceStep& in) {
  TraceReport::Step step;
  step.node = in.node();
  step.name = in.name();
  step.answered = in.answered();
  step.asked = in.asked();
  step.round_trip_ms = in.round_trip_ms();
  step.next_hop = in.next_hop();
  step.next_hop_name = in.next_hop_name();
  step.metric = in.metric();
  step.delivery_ratio = in.delivery_ratio();
  step.hop_rtt_ms = in.hop_rtt_ms();
  step.uptime_s = in.uptime_s();
  for (const auto& held : in.records()) {
    step.records.push_back(
        {held.writer(), held.writer_name(), held.epoch(), held.sequence(), held.age_s()});
  }
  return step;
}

TraceReport plain(const wire::ControlTrace& in) {
  TraceReport trace;
  trace.number = in.number();
  trace.target = in.target();
  trace.done = in.done();
  trace.state = in.state();
  trace.spread = in.spread();
  for (const auto& path : in.paths()) {
    trace.paths.push_back({path.to(), path.to_name(), path.state(), {}});
    for (const auto& step : path.steps()) trace.paths.back().steps.push_back(plain(step));
  }
  for (const auto& holder : in.holders()) trace.holders.push_back(plain(holder));
  return trace;
}

}  // namespace

Bytes encode_question(const Asked& asked) {
  wire::ControlRequest request;
  request.set_question(static_cast<wire::ControlQuestion>(asked.question));
  request.set_target(asked.target);
  request.set_number(asked.number);
  return serialised(request);
}

std::optional<Asked> decode_question(BytesView request) {
  wire::ControlRequest parsed;
  if (request.size() > control_request_bytes_max) return std::nullopt;
  if (!parsed.ParseFromArray(request.data(), static_cast<int>(request.size()))) return std::nullopt;
  if (!wire::ControlQuestion_IsValid(parsed.question())) return std::nullopt;
  return Asked(static_cast<Question>(parsed.question()), parsed.target(), parsed.number());
}

Bytes encode_report(const Report& report) {
  wire::ControlReply reply;
  std::visit([&](const auto& content) { fill(reply, content); }, report);
  return serialised(reply);
}

Bytes encode_refusal(std::string_view sentence) {
  wire::ControlReply reply;
  reply.set_refusal(std::string{sentence});
  return serialised(reply);
}

Result<Report> decode_report(BytesView reply) {
  wire::ControlReply parsed;
  if (reply.size() > control_reply_bytes_max ||
      !parsed.ParseFromArray(reply.data(), static_cast<int>(reply.size()))) {
    return fail("the node's reply makes no sense; are muster and musterd of the same version?");
  }
  switch (parsed.answer_case()) {
    case wire::ControlReply::kRefusal:
      return fail(parsed.refusal());
    case wire::ControlReply::kStatus:
      return Report{plain(parsed.status())};
    case wire::ControlReply::kPeers:
      return Report{plain(parsed.peers())};
    case wire::ControlReply::kRoutes:
      return Report{plain(parsed.routes())};
    case wire::ControlReply::kUsers:
      return Report{plain(parsed.users())};
    case wire::ControlReply::kMessages:
      return Report{plain(parsed.messages())};
    case wire::ControlReply::kLinks:
      return Report{plain(parsed.links())};
    case wire::ControlReply::kHealth:
      return Report{plain(parsed.health())};
    case wire::ControlReply::kTrace:
      return Report{plain(parsed.trace())};
    case wire::ControlReply::kServices:
      return Report{plain(parsed.services())};
    case wire::ControlReply::ANSWER_NOT_SET:
      break;
  }
  return fail("the node's reply is empty; are muster and musterd of the same version?");
}

Bytes encode_event(const NumberedEvent& numbered) {
  wire::ControlEvent out;
  out.set_number(numbered.number);
  out.set_at_ms(numbered.at_ms);
  out.set_kind(std::string{to_string(numbered.event.kind)});
  out.set_from(numbered.event.from);
  out.set_to(numbered.event.to);
  out.set_status(static_cast<std::uint32_t>(numbered.event.status));
  out.set_call_id(numbered.event.call_id);
  out.set_node(numbered.event.node);
  out.set_detail(numbered.event.detail);
  return serialised(out);
}

std::optional<NumberedEvent> decode_event(BytesView bytes) {
  wire::ControlEvent in;
  if (bytes.size() > control_event_bytes_max ||
      !in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return std::nullopt;
  }
  const auto kind = event_kind(in.kind());
  if (!kind) return std::nullopt;
  return NumberedEvent{in.number(),
                       in.at_ms(),
                       {*kind, in.from(), in.to(), static_cast<int>(in.status()), in.call_id(),
                        in.node(), in.detail()}};
}

}  // namespace muster::node
