// SPDX-License-Identifier: Apache-2.0
#include "node/message_keeper.hpp"

#include <set>

namespace muster::node {
namespace {

bool is_waiting(dtn::MessageState state) {
  return state == dtn::MessageState::waiting || state == dtn::MessageState::attempting;
}

}  // namespace

void MessageKeeper::start(TimePoint now) {
  outbox_.start(now);
  seen_.start(now);
}

bool MessageKeeper::waiting_for(std::string_view aor) const { return outbox_.has_waiting(aor); }

sip::KeepResult MessageKeeper::keep(TimePoint now, std::string_view from, std::string_view to,
                                    std::string_view identity, BytesView request) {
  dtn::WaitingMessage message;
  message.identity = identity;
  message.from = from;
  message.to = to;
  message.request = to_bytes(request);
  const auto kept = outbox_.submit(now, std::move(message));
  if (kept) return sip::KeepResult::kept;
  switch (kept.error()) {
    case dtn::Refusal::too_large:
      return sip::KeepResult::too_large;
    case dtn::Refusal::storage_failed:
      return sip::KeepResult::storage_failed;
    case dtn::Refusal::over_quota:
      break;
  }
  return sip::KeepResult::over_quota;
}

bool MessageKeeper::seen(std::string_view identity) const { return seen_.seen(identity); }

bool MessageKeeper::mark_seen(TimePoint now, std::string_view identity) {
  return seen_.mark(now, identity);
}

std::vector<std::string> MessageKeeper::recipients(TimePoint now) const {
  std::set<std::string> waiting;
  for (const auto& status : outbox_.list(now)) {
    if (is_waiting(status.state)) waiting.insert(status.to);
  }
  return {waiting.begin(), waiting.end()};
}

std::vector<MessageReport> MessageKeeper::report(TimePoint now) const {
  std::vector<MessageReport> all;
  for (const auto& status : outbox_.list(now)) {
    all.push_back({status.id.number, "sip:" + status.from, "sip:" + status.to,
                   std::string{dtn::to_string(status.state)},
                   static_cast<double>(status.age.count()), status.attempts});
  }
  return all;
}

}  // namespace muster::node
