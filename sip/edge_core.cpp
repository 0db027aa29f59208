// SPDX-License-Identifier: Apache-2.0
#include "sip/edge_core.hpp"

#include <algorithm>
#include <utility>

#include "sip/binding_snapshot.hpp"
#include "sip/parser.hpp"

namespace muster::sip {

namespace {

MediaAnchor::Limits media_limits(const Edge::Config& config) {
  MediaAnchor::Limits limits;
  limits.sessions_max = config.limits.calls_max;
  limits.playout_within = config.media_playout_deadline;
  return limits;
}

}  // namespace

Edge::Core::Core(Config config, const Locator& locator, const CredentialSource& credentials,
                 StoredMessages& stored, MediaSockets& sockets, ports::Random& random)
    : config_(std::move(config)),
      names_(config_.self, config_.domain, config_.listen),
      locator_(locator),
      stored_(stored),
      tokens_(random),
      authenticator_(names_, credentials, random),
      registrar_({config_.expires_default, config_.expires_min, config_.expires_max,
                  config_.limits.contacts_per_user_max}),
      transactions_({config_.limits.transactions_max}, {}),
      media_(sockets, config_.listen.address, media_limits(config_)),
      confirmations_({.entries_max = 2 * config_.limits.calls_max}, {}),
      flows_(config_.limits.flows_max),
      calls_(config_.limits.calls_max) {}

void Edge::Core::receive(TimePoint now, const Hop& from, BytesView bytes) {
  auto parsed = parse(bytes);
  const auto* phone = std::get_if<PhoneAddress>(&from);
  if (!parsed) {
    const ParseError& error = parsed.error();
    if (error.fault == ParseFault::keep_alive) {
      ++counters_.keepalives;
      return;
    }
    ++counters_.malformed;
    if (error.response && phone) emit(ToPhone{*phone, error.response->serialise()});
    return;
  }
  if (phone && parsed->is_request()) {  // RFC 3261 section 18.2.1, RFC 3581 section 4
    Via via = *parsed->via_top();
    const bool asked = via.wants_rport();
    if (asked) via.params.set("rport", std::to_string(phone->endpoint.port));
    if (asked || host_address(via.host) != phone->endpoint.address) {
      via.params.set("received", phone->endpoint.address.text());
      parsed->set_via_top(via);
    }
  }
  transactions_.receive(now, from, *std::move(parsed));
  pump(now);
}

void Edge::Core::node_unreachable(TimePoint now, const NodeId& node, std::uint64_t number) {
  if (transactions_.hop_of(number) != Hop{node}) return;
  hand_on(now, TransactionLayer::TimedOut{number});
  transactions_.abandon(number);
  pump(now);
}

void Edge::Core::connection_ended(TimePoint now, const PhoneAddress& phone) {
  registrar_.connection_ended(phone);
  flows_.forget(phone);
  for (auto& [number, fork] : forks_) {
    for (const auto& [client, hop] : fork.branches) {
      if (hop != Hop{phone} || !fork.context.pending(client)) continue;
      fork.context.fail(now, client, 480);
      transactions_.abandon(client);
    }
  }
  pump(now);
}

bool Edge::Core::phone_elsewhere(TimePoint now, std::string_view aor, std::uint64_t instance,
                                 TimePoint registered_at) {
  const bool yielded = registrar_.yield(aor, instance, registered_at);
  pump(now);
  return yielded;
}

bool Edge::Core::restore_registrations(TimePoint now, BytesView registrations) {
  auto all = snapshot::decode(now, registrations);
  if (!all) return false;
  for (auto& [aor, binding] : *all) {
    // The kit may be another than then.
    if (!locator_.may_speak_for(config_.self, aor)) continue;
    binding.expires = std::min(binding.expires, now + config_.expires_max);
    registrar_.restore(now, aor, std::move(binding));
  }
  pump(now);
  return true;
}

void Edge::Core::advance(TimePoint now) {
  transactions_.advance(now);
  registrar_.advance(now);
  confirmations_.advance(now);
  for (auto& [number, fork] : forks_) fork.context.advance(now);
  keep_late(now);
  look_for_nodes(now);
  media_.anchor().advance(now);
  pump(now);
}

void Edge::Core::pump(TimePoint now) {
  while (pump_transactions(now) || pump_forks(now) || pump_confirmations(now)) {
  }
  pump_registrar();
  pump_media();
  forget_finished(now);
}

void Edge::Core::receive_rtp(TimePoint now, std::uint16_t port, const IpEndpoint& from,
                             BytesView packet) {
  media_.anchor().receive_rtp(now, port, from, packet);
  pump_media();
}

void Edge::Core::receive_media(TimePoint now, const NodeId& from, BytesView packet) {
  media_.anchor().receive_from_node(now, from, packet);
  pump_media();
}

bool Edge::Core::pump_transactions(TimePoint now) {
  auto output = transactions_.poll();
  if (!output) return false;
  std::visit([&](auto& said) { hand_on(now, std::move(said)); }, *output);
  return true;
}

bool Edge::Core::pump_confirmations(TimePoint now) {
  auto output = confirmations_.poll();
  if (!output) return false;
  if (const auto* success = std::get_if<ConfirmationTable::RepeatSuccess>(&*output)) {
    transactions_.respond(now, success->server, success->response);
  } else {
    auto& again = std::get<ConfirmationTable::RepeatAck>(*output);
    emit(ToPhone{again.to, std::move(again.ack)});
  }
  return true;
}

void Edge::Core::pump_registrar() {
  while (auto changed = registrar_.poll()) {
    using Kind = Registrar::Output::Kind;
    const bool added = changed->kind == Kind::phone_added;
    const bool last = changed->kind == Kind::last_phone_removed;
    if (added || last) {
      emit(Event{.kind = added ? Event::Kind::registered : Event::Kind::unregistered,
                 .from = changed->aor,
                 .to = {},
                 .call_id = {},
                 .detail = changed->source});
    }
    emit(BindingChanged{std::move(changed->aor), !last});
  }
}

void Edge::Core::pump_media() {
  while (auto output = media_.anchor().poll()) {
    if (auto* node = std::get_if<MediaAnchor::ToNode>(&*output)) {
      emit(MediaToNode{node->to, std::move(node->packet), node->expires});
    } else {
      auto& phone = std::get<MediaAnchor::ToPhone>(*output);
      emit(MediaToPhone{phone.local_port, phone.to, std::move(phone.packet)});
    }
  }
}

void Edge::Core::hand_on(TimePoint now, TransactionLayer::Send sent) {
  if (sent.client != 0 && sent.message.size() > bytes_max_towards(sent.to)) {
    if (const auto fork = fork_of_client_.find(sent.client); fork != fork_of_client_.end()) {
      forks_.at(fork->second).context.fail(now, sent.client, 513);
    }
    transactions_.abandon(sent.client);
    return;
  }
  send(sent.to, std::move(sent.message), sent.precedence,
       sent.invite ? config_.invite_give_up : config_.request_give_up, sent.client);
}

/// RFC 3261 section 18.1.1 wants TCP for requests above 1300 octets; a phone that registered by
/// UDP alone gets them by UDP all the same, in IP fragments, up to what a datagram holds.
std::size_t Edge::Core::bytes_max_towards(const Hop& hop) const {
  if (std::holds_alternative<NodeId>(hop)) return config_.limits.mesh_message_bytes_max;
  constexpr std::size_t udp_payload_bytes_max = 65'507;
  const bool tcp = std::get<PhoneAddress>(hop).transport == PhoneTransport::tcp;
  return tcp ? ParseLimits{}.bytes_max : udp_payload_bytes_max;
}

void Edge::Core::send(const Hop& to, Bytes bytes, Precedence precedence, Duration give_up,
                      ClientNumber number) {
  if (const auto* phone = std::get_if<PhoneAddress>(&to)) {
    emit(ToPhone{*phone, std::move(bytes)});
  } else if (bytes.size() > config_.limits.mesh_message_bytes_max) {
    ++counters_.over_limit;
  } else {
    emit(ToNode{std::get<NodeId>(to), precedence, std::move(bytes), give_up, number});
  }
}

void Edge::Core::hand_on(TimePoint now, TransactionLayer::ResponseArrived arrived) {
  const auto number = fork_of_client_.find(arrived.client);
  if (number == fork_of_client_.end()) return;  // of a CANCEL
  Fork& fork = forks_.at(number->second);
  learn_flow(arrived.from, arrived.response);
  fork.context.receive(now, arrived.client, std::move(arrived.response));
}

void Edge::Core::hand_on(TimePoint now, TransactionLayer::TimedOut timed_out) {
  const auto number = fork_of_client_.find(timed_out.client);
  if (number == fork_of_client_.end()) return;
  forks_.at(number->second).context.fail(now, timed_out.client, 408);
}

void Edge::Core::hand_on(TimePoint now, TransactionLayer::AckArrived arrived) {
  send_ack(now, arrived.from, std::move(arrived.ack));
}

void Edge::Core::emit(Output output) {
  if (outputs_.size() >= config_.limits.outputs_max) {
    outputs_.pop_front();
    ++counters_.outputs_dropped;
  }
  outputs_.push_back(std::move(output));
}

std::optional<Edge::Output> Edge::Core::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> Edge::Core::deadline() const {
  auto first = earlier(transactions_.deadline(), registrar_.deadline());
  first = earlier(first, confirmations_.deadline());
  first = earlier(first, media_.anchor().deadline());
  for (const auto& [number, fork] : forks_) {
    first = earlier(first, fork.context.deadline());
    first = earlier(first, earlier(fork.answer_by, fork.forget_at));
    first = earlier(first, fork.look_for_nodes_at);
  }
  return first;
}

Edge::Counters Edge::Core::counters() const {
  Counters all = counters_;
  all.unmatched += transactions_.counters().unmatched;
  all.over_limit += transactions_.counters().over_limit;
  all.media_not_anchored = media_.not_anchored();
  return all;
}

}  // namespace muster::sip
