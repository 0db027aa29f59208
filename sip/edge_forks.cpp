// SPDX-License-Identifier: Apache-2.0
// Branches of a forked request, and the responses that go back.
#include <algorithm>
#include <utility>

#include "sip/edge_core.hpp"
#include "sip/fingerprint.hpp"

namespace muster::sip {

namespace {

/// As long as a phone may repeat its 2xx (RFC 6026: Timer M), and some more.
constexpr Duration finished_fork_kept_for = std::chrono::seconds{40};

/// How often a ringing call asks whether its nodes are still there.
constexpr Duration look_interval = std::chrono::seconds{2};

/// What the caller's phone may show, where no answer came from afar. Empty: the usual words.
std::string reason_of(unsigned status, const Fork& fork, ClientNumber branch) {
  const auto hop = fork.branches.find(branch);
  if (hop == fork.branches.end()) return {};
  const bool node = std::holds_alternative<NodeId>(hop->second);
  if (status == 408 && fork.purpose == Fork::Purpose::visit) {
    return "No Home Node Of This User Answers";
  }
  if (status == 408) return node ? "The Other Node Does Not Answer" : "The Phone Does Not Answer";
  if (status == 480) return node ? "The Path To The Other Node Is Lost" : "The Phone Has Gone";
  return {};
}

Message without_own_via(Message response) {
  response.remove_first("Via");
  return response;
}

}  // namespace

Fork Edge::Core::make_fork(Fork::Purpose purpose, ServerNumber server, const Hop& from,
                           Message request) const {
  const auto kind =
      request.method() == "INVITE" ? ResponseContext::Kind::invite : ResponseContext::Kind::other;
  Fork fork{.purpose = purpose,
            .server = server,
            .origin = from,
            .request = std::move(request),
            .context = ResponseContext(kind),
            .from = {},
            .to = {},
            .branches = {},
            .lost = {},
            .look_for_nodes_at = {},
            .identity = {},
            .waiters = {},
            .answer_by = {},
            .forget_at = {}};
  fork.from = names_.aor_of(fork.request.from().uri);
  fork.to = names_.aor_of(fork.request.to().uri);
  return fork;
}

bool Edge::Core::start(TimePoint now, Fork fork, const std::vector<Target>& targets) {
  const ForkNumber number = ++last_fork_;
  if (fork.purpose == Fork::Purpose::call) begin_call(fork);
  std::size_t started = 0;
  for (const Target& target : targets) {
    if (started == config_.limits.branches_per_request_max) break;
    if (add_branch(now, number, fork, target)) ++started;
  }
  if (started == 0) {
    ++counters_.over_limit;
    if (fork.server != 0)
      refuse(now, fork.server, fork.request, {503, "Too Many Transactions", {}});
    if (fork.purpose == Fork::Purpose::call) end_call(fork.request.call_id(), 503);
    return false;
  }
  if (fork.server != 0) fork_of_server_[fork.server] = number;
  if (fork.request.method() == "INVITE") fork.look_for_nodes_at = now + look_interval;
  if (!fork.identity.empty()) messages_under_way_[fork.identity] = number;
  forks_.emplace(number, std::move(fork));
  return true;
}

bool Edge::Core::add_branch(TimePoint now, ForkNumber number, Fork& fork, const Target& target) {
  Message copy = forwarded(names_, fork.request, fork.origin, target.hop, tokens_.next());
  if (target.request_uri) copy.set_request_uri(*target.request_uri);
  if (fork.purpose == Fork::Purpose::visit) copy.remove("Contact");  // a home need not know
  media_.pass(now, fork.origin, target.hop, calls_.find(copy.call_id()), copy);
  const auto client = transactions_.request(now, target.hop, std::move(copy));
  if (!client) return false;
  fork.context.add_branch(now, *client);
  fork.branches.emplace(*client, target.hop);
  fork_of_client_[*client] = number;
  return true;
}

bool Edge::Core::pump_forks(TimePoint now) {
  for (auto& [number, fork] : forks_) {
    if (auto output = fork.context.poll()) {
      carry_out(now, number, fork, *std::move(output));
      if (fork.context.finished() && fork.context.answered() && !fork.forget_at) {
        const bool invite = fork.request.method() == "INVITE";
        fork.forget_at = invite ? now + finished_fork_kept_for : now;
      }
      return true;
    }
  }
  return false;
}

void Edge::Core::carry_out(TimePoint now, ForkNumber number, Fork& fork,
                           ResponseContext::Output output) {
  if (const auto* cancel = std::get_if<ResponseContext::Cancel>(&output)) {
    cancel_branch(now, fork, cancel->branch);
  } else if (const auto* abandon = std::get_if<ResponseContext::Abandon>(&output)) {
    transactions_.abandon(abandon->branch);
  } else if (fork.purpose == Fork::Purpose::message) {
    settle_message(now, number, fork, std::get<ResponseContext::Forward>(output));
  } else {
    relay(now, fork, std::get<ResponseContext::Forward>(std::move(output)));
  }
}

void Edge::Core::relay(TimePoint now, Fork& fork, ResponseContext::Forward forward) {
  if (fork.purpose == Fork::Purpose::visit && forward.status >= 200 && forward.status < 300) {
    return register_visitor(now, fork);
  }
  // RFC 3261 section 16.7 item 6: a 503 tells about one server, not about this one.
  const bool made_here = !forward.response || forward.status == 503;
  const unsigned status = forward.status == 503 ? 500u : static_cast<unsigned>(forward.status);
  Message response = made_here
                         ? make_response(fork.request, status,
                                         reason_of(status, fork, forward.branch), tokens_.next())
                         : without_own_via(*std::move(forward.response));
  if (const auto hop = fork.branches.find(forward.branch); hop != fork.branches.end()) {
    Call* call = calls_.find(response.call_id());
    if (!call || !call->is_second_answer(response.from().tag(), response.to().tag())) {
      const auto* node = std::get_if<NodeId>(&hop->second);
      if (node && call && status < 300) call->peer = *node;
      media_.pass(now, hop->second, fork.origin, call, response);
    }
    if (!passes_success(now, fork, hop->second, response)) return;
  }
  transactions_.respond(now, fork.server, response);
  follow_call(fork, response);
}

bool Edge::Core::passes_success(TimePoint now, const Fork& fork, const Hop& from,
                                const Message& response) {
  const bool success = response.status() >= 200 && response.status() < 300;
  if (!success || response.method() != "INVITE" || from.index() == fork.origin.index()) return true;
  return std::holds_alternative<NodeId>(from)
             ? confirmations_.success_to_phone(now, fork.server, response)
             : confirmations_.success_to_node(now, response);
}

void Edge::Core::follow_call(const Fork& fork, const Message& response) {
  const std::string call_id = fork.request.call_id();
  const unsigned status = response.status();
  if (status < 200) return;
  if (fork.request.method() == "BYE") {
    const Call* known = calls_.find(call_id);
    if (known && known->is_second_answer(response.from().tag(), response.to().tag())) return;
    return end_call(call_id, 0);
  }
  if (fork.purpose != Fork::Purpose::call) return;
  if (status >= 300) return end_call(call_id, status);
  Call* call = calls_.find(call_id);
  if (!call || call->answered) return;
  call->answered = true;
  call->callee_tag = response.to().tag();
  emit(Event{.kind = Event::Kind::call_answered,
             .from = call->from,
             .to = call->to,
             .call_id = call_id,
             .detail = {}});
}

void Edge::Core::begin_call(const Fork& fork) {
  auto begun = calls_.begin(fork.request.call_id());
  Call& call = begun.call;
  if (const auto* node = std::get_if<NodeId>(&fork.origin)) call.peer = *node;
  if (!begun.is_new) return;
  call.from = fork.from;
  call.to = fork.to;
  call.caller_tag = fork.request.from().tag();
  emit(Event{.kind = Event::Kind::call_offered,
             .from = call.from,
             .to = call.to,
             .call_id = call.call_id,
             .detail = {}});
  if (begun.forgotten) media_.end(begun.forgotten->call_id);
}

void Edge::Core::end_call(std::string_view call_id, unsigned status) {
  const auto call = calls_.end(call_id);
  if (!call) return;
  media_.end(call_id);
  emit(Event{.kind = Event::Kind::call_ended,
             .from = call->from,
             .to = call->to,
             .status = static_cast<int>(status),
             .call_id = call->call_id,
             .detail = {}});
}

/// RFC 3261 section 9.1.
void Edge::Core::cancel_branch(TimePoint now, const Fork& fork, ClientNumber branch) {
  const Message* invite = transactions_.request_of(branch);
  const auto hop = fork.branches.find(branch);
  if (!invite || hop == fork.branches.end()) return;
  Message cancel = Message::request("CANCEL", invite->request_uri());
  if (const auto via = invite->via_top()) cancel.add("Via", via->str());
  cancel.add("Max-Forwards", "70");
  for (const auto route : invite->headers("Route")) cancel.add("Route", std::string{route});
  for (const auto* name : {"From", "To", "Call-ID"}) {
    cancel.add(name, std::string{invite->header(name).value_or("")});
  }
  cancel.add("CSeq", CSeq{invite->cseq().number, "CANCEL"}.str());
  // Its own response matters to nobody: what counts is the 487 of the INVITE.
  if (!transactions_.request(now, hop->second, std::move(cancel))) ++counters_.over_limit;
}

/// The ACK of a 2xx is end to end and belongs to no transaction (RFC 3261 section 17): it is sent
/// on as it comes, each copy with the same branch.
void Edge::Core::send_ack(TimePoint now, const Hop& from, Message ack) {
  take_own_routes(names_, ack);
  if (check_proxied(names_, ack)) return;
  const auto target = target_in_dialog(from, ack);
  if (!target) {
    ++counters_.unmatched;
    return;
  }
  const std::string branch =
      fingerprint({ack.via_top().value_or(Via{}).str(), ack.call_id()}).substr(0, 16);
  Message copy = forwarded(names_, ack, from, target->hop, branch);
  media_.pass(now, from, target->hop, calls_.find(copy.call_id()), copy);
  Bytes bytes = copy.serialise();
  const auto* phone = std::get_if<PhoneAddress>(&target->hop);
  if (!phone && !confirmations_.ack_to_node(now, ack)) return;
  if (phone && std::holds_alternative<NodeId>(from)) {
    confirmations_.ack_to_phone(ack, *phone, bytes);
  }
  send(target->hop, std::move(bytes), precedence_of(copy), config_.request_give_up, 0);
}

bool Edge::Core::lost_for_long(TimePoint now, Fork& fork, const Hop& hop) const {
  const auto* node = std::get_if<NodeId>(&hop);
  if (!node) return false;
  if (locator_.reachable(*node)) {
    fork.lost.erase(*node);
    return false;
  }
  return now - fork.lost.emplace(*node, now).first->second >= config_.lost_node_patience;
}

/// Delivery tells of requests that do not arrive; but a call may ring for minutes with nothing
/// under way, and end by a partition that neither phone can notice.
void Edge::Core::look_for_nodes(TimePoint now) {
  for (auto& [number, fork] : forks_) {
    if (!fork.look_for_nodes_at || *fork.look_for_nodes_at > now) continue;
    fork.look_for_nodes_at.reset();
    if (fork.context.finished()) continue;
    if (lost_for_long(now, fork, fork.origin)) fork.context.cancel(now);
    for (const auto& [client, hop] : fork.branches) {
      if (!fork.context.pending(client) || !lost_for_long(now, fork, hop)) continue;
      fork.context.fail(now, client, 480);
      transactions_.abandon(client);
    }
    fork.look_for_nodes_at = now + look_interval;
  }
}

void Edge::Core::forget_finished(TimePoint now) {
  std::erase_if(forks_, [&](const auto& entry) {
    const Fork& fork = entry.second;
    if (!fork.forget_at || *fork.forget_at > now) return false;
    for (const auto& [client, hop] : fork.branches) fork_of_client_.erase(client);
    fork_of_server_.erase(fork.server);
    return true;
  });
}

}  // namespace muster::sip
