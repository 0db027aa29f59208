// SPDX-License-Identifier: Apache-2.0
// MESSAGE: answered by a phone in time, or stored; shown once.
#include <utility>

#include "sip/edge_core.hpp"
#include "sip/fingerprint.hpp"
#include "sip/parser.hpp"

namespace muster::sip {

namespace {

bool success(int status) { return status >= 200 && status < 300; }

/// Worth trying again later. Everything else (404, 415, 603 ...) is an answer.
bool temporary(int status) {
  switch (status) {
    case 408:
    case 480:
    case 486:
      return true;
    case 501:
    case 505:
    case 513:
      return false;
    default:
      return status >= 500 && status < 600;
  }
}

}  // namespace

void Edge::Core::receive_message(TimePoint now, ServerNumber server, const Hop& from,
                                 const Message& received) {
  const bool of_phone = std::holds_alternative<PhoneAddress>(from);
  Message request = received;
  // What is asked to prove itself may have come before and be with the recipient: a node that
  // restarted does not know. It is one message, and the recipient knows it by its first number.
  if (of_phone && authenticator_.repeats_challenged(received)) {
    request.set("CSeq", CSeq{received.cseq().number - 1, received.cseq().method}.str());
  }
  const std::string aor = names_.aor_of(request.request_uri());
  if (!locator_.user_exists(aor)) return refuse(now, server, received, {404, {}, {}});
  if (stored_.seen(message_identity(names_, request))) {
    transactions_.respond(now, server, make_response(received, 200, {}, tokens_.next()));
    return;
  }
  MessageWaiter::Request waiter{server, received, of_phone, request.cseq()};
  if (of_phone && stored_.waiting_for(aor)) return keep_or_refuse(now, waiter, last_fork_ + 1);
  std::vector<Target> targets = phones_of(aor);
  if (of_phone && locator_.may_answer_soon(aor)) {
    for (Target& node : nodes_of(aor, request.request_uri())) targets.push_back(std::move(node));
  }
  if (targets.empty()) {
    if (of_phone) return keep_or_refuse(now, waiter, last_fork_ + 1);
    return refuse(now, server, received, {480, "This User Has No Phone Here", {}});
  }
  auto fork = message_fork(from, request, message_identity(names_, request), {std::move(waiter)});
  if (!fork) return;
  if (of_phone) fork->answer_by = now + config_.message_answer_within;
  if (!start(now, *std::move(fork), targets)) {
    refuse(now, server, received, {503, "Too Many Transactions", {}});
  }
}

void Edge::Core::attempt_stored(TimePoint now, std::uint64_t id, std::string_view to,
                                BytesView bytes) {
  using Kind = StoredOutcome::Kind;
  auto request = parse(bytes);
  if (!request || !request->is_request() || request->method() != "MESSAGE") {
    ++counters_.malformed;
    return emit(StoredOutcome{id, Kind::rejected, 400});
  }
  if (stored_.seen(message_identity(names_, *request))) {
    return emit(StoredOutcome{id, Kind::delivered, 200});
  }
  std::vector<Target> targets = phones_of(to);
  for (Target& node : nodes_of(to, request->request_uri())) targets.push_back(std::move(node));
  if (targets.empty()) return emit(StoredOutcome{id, Kind::unreachable, 480});
  if (!try_again(now, *std::move(request), targets, {MessageWaiter::Attempt{id}})) {
    emit(StoredOutcome{id, Kind::unreachable, 503});
  }
  pump(now);
}

void Edge::Core::show_message(TimePoint now, std::uint64_t number, std::string_view sender,
                              std::string_view recipient, BytesView bytes,
                              std::string_view known_identity) {
  using Kind = StoredOutcome::Kind;
  auto request = parse(bytes);
  if (!request || !request->is_request() || request->method() != "MESSAGE" ||
      names_.aor_of(request->from().uri) != sender ||
      names_.aor_of(request->request_uri()) != recipient) {
    ++counters_.malformed;
    return emit(Shown{number, Kind::rejected, 400, {}});
  }
  const std::string identity =
      known_identity.empty() ? message_identity(names_, *request) : std::string{known_identity};
  if (stored_.seen(identity)) return emit(Shown{number, Kind::delivered, 200, identity});
  const std::vector<Target> targets = phones_of(recipient);
  if (targets.empty()) return emit(Shown{number, Kind::unreachable, 480, identity});
  if (!try_again(now, *std::move(request), targets, {MessageWaiter::Show{number, identity}})) {
    emit(Shown{number, Kind::unreachable, 503, identity});
  }
  pump(now);
}

bool Edge::Core::try_again(TimePoint now, Message request, const std::vector<Target>& targets,
                           MessageWaiter waiter) {
  request.remove("Via");
  const auto* show = std::get_if<MessageWaiter::Show>(&waiter.who);
  std::string identity = show != nullptr ? show->identity : message_identity(names_, request);
  auto fork = message_fork(config_.self, request, std::move(identity), std::move(waiter));
  return !fork || start(now, *std::move(fork), targets);
}

std::optional<Fork> Edge::Core::message_fork(const Hop& from, const Message& request,
                                             std::string identity, MessageWaiter waiter) {
  const auto same = messages_under_way_.find(identity);
  if (same != messages_under_way_.end()) {
    forks_.at(same->second).waiters.push_back(std::move(waiter));
    return std::nullopt;
  }
  Fork fork = make_fork(Fork::Purpose::message, 0, from, request);
  fork.to = names_.aor_of(request.request_uri());
  fork.identity = std::move(identity);
  fork.waiters.push_back(std::move(waiter));
  return fork;
}

void Edge::Core::settle_message(TimePoint now, ForkNumber number, Fork& fork,
                                const ResponseContext::Forward& outcome) {
  if (outcome.status < 200) return;
  fork.answer_by.reset();
  messages_under_way_.erase(fork.identity);
  if (success(outcome.status)) {
    const auto branch = fork.branches.find(outcome.branch);
    const bool shown_here =
        branch != fork.branches.end() && std::holds_alternative<PhoneAddress>(branch->second);
    // Before the 200 travels back: else a power cut now would have it shown twice.
    if (shown_here && !stored_.mark_seen(now, fork.identity)) ++counters_.seen_not_stored;
    if (fork.kept) emit(KeptDelivered{fork.to, fork.identity});
    emit(Event{.kind = Event::Kind::message_delivered,
               .from = fork.from,
               .to = fork.to,
               .status = outcome.status,
               .call_id = fork.request.call_id(),
               .detail = {}});
  }
  for (const MessageWaiter& waiter : std::exchange(fork.waiters, {})) {
    answer_waiter(now, number, waiter, outcome);
  }
}

void Edge::Core::answer_waiter(TimePoint now, ForkNumber its_fork, const MessageWaiter& waiter,
                               const ResponseContext::Forward& outcome) {
  using Kind = StoredOutcome::Kind;
  const Kind kind = success(outcome.status)     ? Kind::delivered
                    : temporary(outcome.status) ? Kind::unreachable
                                                : Kind::rejected;
  if (const auto* show = std::get_if<MessageWaiter::Show>(&waiter.who)) {
    return emit(Shown{show->number, kind, outcome.status, show->identity});
  }
  if (const auto* attempt = std::get_if<MessageWaiter::Attempt>(&waiter.who)) {
    return emit(StoredOutcome{attempt->id, kind, outcome.response ? outcome.status : 0});
  }
  const auto& request = std::get<MessageWaiter::Request>(waiter.who);
  if (request.of_phone && temporary(outcome.status)) return keep_or_refuse(now, request, its_fork);
  Message response =
      make_response(request.request, static_cast<unsigned>(outcome.status), {}, tokens_.next());
  if (outcome.response) {
    Message relayed = *outcome.response;
    relayed.remove_first("Via");
    // True of the request that began the fork; a copy that joined it has a Via of its own.
    if (relayed.header("Via") == request.request.header("Via")) {
      response = std::move(relayed);
      response.set("CSeq", request.request.cseq().str());
    }
  }
  if (success(outcome.status)) {
    transactions_.respond(now, request.server, response);
  } else {
    send_refusal(now, request.server, request.request, std::move(response));
  }
}

KeepResult Edge::Core::keep(TimePoint now, const MessageWaiter::Request& waiter) {
  Message request = waiter.request;
  request.set("CSeq", waiter.cseq.str());
  const std::string from = names_.aor_of(request.from().uri);
  const std::string to = names_.aor_of(request.request_uri());
  const KeepResult result =
      stored_.keep(now, from, to, message_identity(names_, request), stored_form(request));
  if (result != KeepResult::kept) return result;
  transactions_.respond(now, waiter.server,
                        make_response(waiter.request, 202, "Accepted", tokens_.next()));
  emit(Event{.kind = Event::Kind::message_stored,
             .from = from,
             .to = to,
             .status = 202,
             .call_id = request.call_id(),
             .detail = {}});
  return result;
}

void Edge::Core::keep_or_refuse(TimePoint now, const MessageWaiter::Request& waiter,
                                ForkNumber its_fork) {
  keep_earlier(now, names_.aor_of(waiter.request.request_uri()), its_fork);
  switch (keep(now, waiter)) {
    case KeepResult::kept:
      return;
    case KeepResult::over_quota:
      return refuse(now, waiter.server, waiter.request,
                    {480, "Not Reachable Now And The Message Store Is Full", {}});
    case KeepResult::too_large:
      return refuse(now, waiter.server, waiter.request, {513, "Message Too Large To Be Kept", {}});
    case KeepResult::storage_failed:
      return refuse(now, waiter.server, waiter.request, {500, "Message Could Not Be Stored", {}});
  }
}

void Edge::Core::keep_late(TimePoint now) {
  for (auto& [number, fork] : forks_) {
    if (fork.answer_by && *fork.answer_by <= now) keep_unanswered(now, fork);
  }
}

/// Before a message is stored, those for the same user that came earlier and still wait for their
/// answer are stored, so that the store holds them in the order in which they were written.
void Edge::Core::keep_earlier(TimePoint now, std::string_view to, ForkNumber than) {
  for (auto& [number, fork] : forks_) {
    if (number >= than) return;
    if (fork.answer_by && fork.to == to) keep_unanswered(now, fork);
  }
}

void Edge::Core::keep_unanswered(TimePoint now, Fork& fork) {
  fork.answer_by.reset();
  // Who cannot be kept goes on waiting for the branches: they may still succeed.
  std::erase_if(fork.waiters, [&](const MessageWaiter& waiter) {
    const auto* request = std::get_if<MessageWaiter::Request>(&waiter.who);
    if (!request || !request->of_phone || keep(now, *request) != KeepResult::kept) return false;
    fork.kept = true;
    return true;
  });
}

Bytes Edge::Core::stored_form(const Message& request) const {
  Message stored = request;
  Uri to = request.request_uri();
  to.host = names_.domain();
  to.port.reset();
  stored.set_request_uri(std::move(to));
  for (const auto* name : {"Via", "Route", "Record-Route", "Proxy-Authorization"}) {
    stored.remove(name);
  }
  stored.set("Max-Forwards", "70");
  // No message is without Via; this one is replaced by each attempt.
  const std::string branch = std::string{branch_magic_cookie} + "stored";
  stored.prepend("Via", names_.via_towards(config_.self, branch).str());
  return stored.serialise();
}

}  // namespace muster::sip
