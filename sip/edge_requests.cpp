// SPDX-License-Identifier: Apache-2.0
// What a new request means: who may send it, and where it goes.
#include <algorithm>
#include <utility>

#include "sip/edge_core.hpp"

namespace muster::sip {

void Edge::Core::hand_on(TimePoint now, TransactionLayer::RequestArrived arrived) {
  const auto& [server, from, original] = arrived;
  const auto* phone = std::get_if<PhoneAddress>(&from);
  const std::string method = original.method();
  if (method == "CANCEL") return receive_cancel(now, server, from, original);
  if (phone && method == "REGISTER" && names_.is_overlay(original.request_uri())) {
    return receive_register(now, server, *phone, original);
  }
  if (!phone && method == "REGISTER") {
    return receive_visitor(now, server, std::get<NodeId>(from), original);
  }
  Message request = std::move(arrived.request);
  take_own_routes(names_, request);
  const bool for_us = names_.is_self(request.request_uri()) && request.routes().empty();
  if (for_us && method == "OPTIONS") return answer_options(now, server, request);
  if (for_us) {
    return refuse(now, server, request, {405, {}, Header{"Allow", std::string{allowed_methods}}});
  }
  if (const auto refusal = check_proxied(names_, request)) {
    return refuse(now, server, request, *refusal);
  }
  if (auto refusal = admit(now, from, request)) {
    return send_refusal(now, server, request, *std::move(refusal));
  }
  learn_flow(from, request);
  route(now, server, from, std::move(request));
}

void Edge::Core::receive_register(TimePoint now, ServerNumber server, const PhoneAddress& from,
                                  const Message& request) {
  if (const auto refusal = check_answered_here(request)) {
    return refuse(now, server, request, *refusal);
  }
  const Uri user = request.to().uri;
  if (!names_.is_user(user)) return refuse(now, server, request, {404, {}, {}});
  if (!authenticator_.home_here(user.user_text())) return send_home(now, server, from, request);
  const std::string tag = tokens_.next();
  if (is_guest(user.user_text())) {
    if (taken(user.user_text(), from)) {
      return refuse(now, server, request,
                    {403, with_free_guest("This Guest's Name Is Taken", from), {}});
    }
  } else if (auto refusal = authenticator_.check(now, request,
                                                 {DigestRole::registrar, user.user_text(), tag})) {
    return send_refusal(now, server, request, *std::move(refusal));
  }
  transactions_.respond(now, server,
                        registrar_.receive(now, names_.aor_of(user), from, request, tag));
}

bool Edge::Core::is_guest(std::string_view user) const {
  return std::find(config_.guests.begin(), config_.guests.end(), user) != config_.guests.end();
}

bool Edge::Core::taken(std::string_view guest, const PhoneAddress& by_other_than) const {
  const auto bindings = registrar_.location().find(std::string{guest} + '@' + names_.domain());
  return std::any_of(bindings.begin(), bindings.end(), [&](const Binding& binding) {
    return binding.source.endpoint.address != by_other_than.endpoint.address;
  });
}

std::string Edge::Core::with_free_guest(std::string reason, const PhoneAddress& phone) const {
  for (const std::string& guest : config_.guests) {
    if (!taken(guest, phone)) return std::move(reason) + ", " + guest + " Is Free Here";
  }
  return reason;
}

/// A phone whose user is not at home here: a home asks for his password and judges the answer, for
/// nobody else can. Always the same home while that is in reach, since its nonces are its own.
void Edge::Core::send_home(TimePoint now, ServerNumber server, const PhoneAddress& from,
                           const Message& request) {
  const std::string aor = names_.aor_of(request.to().uri);
  if (!locator_.user_exists(aor)) return refuse(now, server, request, {404, {}, {}});
  const auto homes = locator_.homes_of(aor);
  if (homes.empty()) {
    // Proven before from this very address, and the proof still holds: good enough to stay.
    if (locator_.may_speak_for(config_.self, aor) &&
        registrar_.location().registered_from(aor, from)) {
      transactions_.respond(now, server,
                            registrar_.receive(now, aor, from, request, tokens_.next()));
      return;
    }
    return refuse(now, server, request,
                  {403, with_free_guest("No Home Node Of This User Is Reachable", from), {}});
  }
  const auto under_way = std::count_if(forks_.begin(), forks_.end(), [](const auto& entry) {
    return entry.second.purpose == Fork::Purpose::visit && !entry.second.context.finished();
  });
  if (static_cast<std::size_t>(under_way) >= config_.limits.visits_under_way_max) {
    ++counters_.over_limit;
    return refuse(now, server, request,
                  {503, "Too Many Visitors At Once", Header{"Retry-After", "10"}});
  }
  Fork fork = make_fork(Fork::Purpose::visit, server, from, request);
  start(now, std::move(fork), {{homes.front(), std::nullopt}});
}

/// The home's side of it: whether the phone is who it says. Its registration is the visited node's
/// affair.
void Edge::Core::receive_visitor(TimePoint now, ServerNumber server, const NodeId& from,
                                 const Message& request) {
  const Uri user = request.to().uri;
  const std::string aor = names_.aor_of(user);
  if (!locator_.user_exists(aor)) return refuse(now, server, request, {404, {}, {}});
  const std::string tag = tokens_.next();
  auto refusal = authenticator_.check(now, request, {DigestRole::registrar, user.user_text(), tag});
  if (refusal) return send_refusal(now, server, request, *std::move(refusal));
  emit(Delegate{aor, from});
  transactions_.respond(now, server, make_response(request, 200, {}, tag));
}

/// The home has said yes.
void Edge::Core::register_visitor(TimePoint now, const Fork& fork) {
  transactions_.respond(now, fork.server,
                        registrar_.receive(now, fork.to, std::get<PhoneAddress>(fork.origin),
                                           fork.request, tokens_.next()));
}

void Edge::Core::receive_cancel(TimePoint now, ServerNumber server, const Hop& from,
                                const Message& request) {
  const auto invite = transactions_.invite_of(from, request);
  const auto number = invite ? fork_of_server_.find(*invite) : fork_of_server_.end();
  if (number == fork_of_server_.end()) {
    ++counters_.unmatched;
    transactions_.respond(now, server, make_response(request, 481, {}, tokens_.next()));
    return;
  }
  transactions_.respond(now, server, make_response(request, 200, {}, tokens_.next()));
  forks_.at(number->second).context.cancel(now);
}

void Edge::Core::answer_options(TimePoint now, ServerNumber server, const Message& request) {
  if (const auto refusal = check_answered_here(request)) {
    return refuse(now, server, request, *refusal);
  }
  Message response = make_response(request, 200, {}, tokens_.next());
  response.add("Allow", std::string{allowed_methods});
  response.add("Accept", "*/*");
  response.add("Supported", "");
  transactions_.respond(now, server, response);
}

std::optional<Message> Edge::Core::admit(TimePoint now, const Hop& from, const Message& request) {
  if (const auto* node = std::get_if<NodeId>(&from)) return admit_node(*node, request);
  const auto& phone = std::get<PhoneAddress>(from);
  const Uri user = request.from().uri;
  const bool in_dialog = !request.to().tag().empty();
  // Within a dialog From may be what the other side called this user.
  if (in_dialog && (registrar_.location().registered_from(phone) || flows_.knows(phone))) {
    return std::nullopt;
  }
  if (!names_.is_user(user)) {
    return make_response(request, 403, "From Must Be In " + names_.domain(), tokens_.next());
  }
  if (registrar_.location().registered_from(names_.aor_of(user), phone)) return std::nullopt;
  return authenticator_.check(now, request, {DigestRole::proxy, user.user_text(), tokens_.next()});
}

std::optional<Message> Edge::Core::admit_node(const NodeId& from, const Message& request) {
  const Call* call = request.to().tag().empty() ? nullptr : calls_.find(request.call_id());
  if (call && call->peer == from) return std::nullopt;
  if (locator_.may_speak_for(from, names_.aor_of(request.from().uri))) return std::nullopt;
  ++counters_.impersonations;
  return make_response(request, 403, "That Node May Not Speak For This User", tokens_.next());
}

void Edge::Core::route(TimePoint now, ServerNumber server, const Hop& from, Message request) {
  if (names_.is_user(request.request_uri()) && request.routes().empty()) {
    return route_to_user(now, server, from, std::move(request));
  }
  const auto target = target_in_dialog(from, request);
  if (!target) {
    const bool in_dialog = !request.to().tag().empty();
    const std::string reason = "Only Users Of " + names_.domain() + " Are Reached From Here";
    return refuse(now, server, request,
                  in_dialog ? Refusal{481, {}, {}} : Refusal{404, reason, {}});
  }
  Fork fork = make_fork(Fork::Purpose::plain, server, from, std::move(request));
  if (fork.request.method() == "INVITE") {
    transactions_.respond(now, server, make_response(fork.request, 100));
  }
  start(now, std::move(fork), {*target});
}

std::optional<Target> Edge::Core::target_in_dialog(const Hop& from, const Message& request) const {
  const auto routes = request.routes();
  if (!routes.empty()) {
    const auto node = names_.node_of(routes.front().uri);
    const bool from_phone = std::holds_alternative<PhoneAddress>(from);
    // No request passes through from node to node: that is the mesh's work, not SIP's.
    if (!node || *node == config_.self || !from_phone) return std::nullopt;
    return Target{*node, std::nullopt};
  }
  const Uri& contact = request.request_uri();
  auto address = registrar_.location().address_of(contact);
  if (!address) address = flows_.find(contact);
  if (!address) return std::nullopt;
  return Target{*address, std::nullopt};
}

void Edge::Core::route_to_user(TimePoint now, ServerNumber server, const Hop& from,
                               Message request) {
  const std::string method = request.method();
  if (method == "MESSAGE") return receive_message(now, server, from, request);
  const std::string aor = names_.aor_of(request.request_uri());
  if (!locator_.user_exists(aor)) return refuse(now, server, request, {404, {}, {}});
  const bool call = method == "INVITE" && request.to().tag().empty();
  Fork fork = make_fork(call ? Fork::Purpose::call : Fork::Purpose::plain, server, from,
                        std::move(request));
  fork.to = aor;
  if (method == "INVITE") transactions_.respond(now, server, make_response(fork.request, 100));
  std::vector<Target> targets = phones_of(aor);
  if (std::holds_alternative<PhoneAddress>(from)) {
    for (Target& node : nodes_of(aor, fork.request.request_uri()))
      targets.push_back(std::move(node));
  }
  if (targets.empty()) {
    const bool somewhere = !locator_.nodes_of(aor).empty();
    return refuse(
        now, server, fork.request,
        {480, somewhere ? "No Path To This User Now" : "This User Has No Phone Registered", {}});
  }
  start(now, std::move(fork), targets);
}

std::vector<Target> Edge::Core::phones_of(std::string_view aor) const {
  std::vector<Target> targets;
  for (const Binding& binding : registrar_.location().find(aor)) {
    targets.push_back({phone_address(binding.contact, binding.source), binding.contact});
  }
  return targets;
}

std::vector<Target> Edge::Core::nodes_of(std::string_view aor, const Uri& request_uri) const {
  // A phone may have written its node's address for the domain; another node has another.
  Uri everywhere = request_uri;
  everywhere.host = names_.domain();
  everywhere.port.reset();
  std::vector<Target> targets;
  for (const NodeId& node : locator_.nodes_of(aor)) {
    if (node != config_.self && locator_.reachable(node)) targets.push_back({node, everywhere});
  }
  return targets;
}

void Edge::Core::refuse(TimePoint now, ServerNumber server, const Message& request,
                        const Refusal& refusal) {
  Message response = make_response(request, refusal.status, refusal.reason, tokens_.next());
  if (refusal.header) response.add(refusal.header->name, refusal.header->value);
  send_refusal(now, server, request, std::move(response));
}

void Edge::Core::send_refusal(TimePoint now, ServerNumber server, const Message& request,
                              Message response) {
  const unsigned status = response.status();
  transactions_.respond(now, server, response);
  if (status == 401 || status == 407) return;  // asking for credentials is no refusal yet
  ++counters_.refused;
  emit(Event{.kind = Event::Kind::refused,
             .from = names_.aor_of(request.from().uri),
             .to = names_.aor_of(request.to().uri),
             .status = static_cast<int>(status),
             .call_id = request.call_id(),
             .detail = request.method() + ": " + response.reason()});
}

void Edge::Core::learn_flow(const Hop& from, const Message& message) {
  const auto* phone = std::get_if<PhoneAddress>(&from);
  if (!phone || message.method() == "REGISTER") return;
  if (!message.is_request() && message.status() >= 300) return;  // Contact is then another's
  for (const NameAddr& contact : message.contacts()) flows_.learn(contact.uri, *phone);
}

}  // namespace muster::sip
