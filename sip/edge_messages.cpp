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
                                 Message request) {
  const bool of_phone = std::holds_alternative<IpEndpoint>(from);
  const std::string aor = names_.aor_of(request.request_uri());
  if (!locator_.user_exists(aor)) return refuse(now, server, request, {404, {}, {}});
  MessageWaiter::Request waiter{server, request, of_phone};
  if (of_phone && stored_.waiting_for(aor)) return keep_instead(now, waiter);  // order is kept
  std::vector<Target> targets = phones_of(aor);
  if (of_phone) {
    for (Target& node : nodes_of(aor)) targets.push_back(std::move(node));
  }
  if (targets.empty()) {
    if (of_phone) return keep_instead(now, waiter);
    return refuse(now, server, request, {480, {}, {}});
  }
  auto fork = message_fork(from, request, {std::move(waiter)});
  if (!fork) return;
  if (of_phone) fork->answer_by = now + config_.message_answer_within;
  if (!start(now, *std::move(fork), targets)) {
    refuse(now, server, request, {503, "Too Many Transactions", {}});
  }
}

void Edge::Core::attempt_stored(TimePoint now, std::uint64_t id, std::string_view to,
                                BytesView bytes) {
  auto request = parse(bytes);
  if (!request || !request->is_request() || request->method() != "MESSAGE") {
    ++counters_.malformed;
    emit(StoredOutcome{id, StoredOutcome::Kind::rejected, 400});
    return;
  }
  std::vector<Target> targets = phones_of(to);
  for (Target& node : nodes_of(to)) targets.push_back(std::move(node));
  if (targets.empty()) return emit(StoredOutcome{id, StoredOutcome::Kind::unreachable, 480});
  request->remove("Via");
  auto fork = message_fork(config_.self, *request, {MessageWaiter::Attempt{id}});
  if (fork && !start(now, *std::move(fork), targets)) {
    emit(StoredOutcome{id, StoredOutcome::Kind::unreachable, 503});
  }
  pump(now);
}

std::optional<Fork> Edge::Core::message_fork(const Hop& from, const Message& request,
                                             MessageWaiter waiter) {
  std::string identity = message_identity(names_, request);
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

}  // namespace muster::sip
