// SPDX-License-Identifier: Apache-2.0
#include "core/dtn/outbox.hpp"

#include <algorithm>

namespace muster::dtn {
namespace {

constexpr std::size_t cost_beside_request = 256;

bool is_settled(MessageState state) {
  return state != MessageState::waiting && state != MessageState::attempting;
}

}  // namespace

std::string_view to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::over_quota:
      return "too many messages wait here already";
    case Refusal::too_large:
      return "the message is too large to be kept";
    case Refusal::storage_failed:
      return "the message could not be written to disk";
  }
  return "refused";
}

std::string_view to_string(MessageState state) {
  switch (state) {
    case MessageState::waiting:
      return "waiting";
    case MessageState::attempting:
      return "attempting";
    case MessageState::delivered:
      return "delivered";
    case MessageState::expired:
      return "expired";
    case MessageState::rejected:
      return "rejected";
  }
  return "unknown";
}

Outbox::Outbox(ports::MessageStore& store, Limits limits, std::uint64_t seed)
    : store_(store), limits_(limits), usual_(limits), random_(seed) {}

void Outbox::set_pace(Duration answer_within) {
  limits_.attempt_timeout = std::max(usual_.attempt_timeout, 60 * answer_within);
  limits_.retry_min = std::max(usual_.retry_min, 8 * answer_within);
  limits_.retry_max = std::max(usual_.retry_max, 60 * answer_within);
}

void Outbox::start(TimePoint now) {
  deadline_.reset();
  started_ = now;
  powered_on_before_s_ = store_.powered_on_s();
  auto all = store_.load_messages();
  for (const auto& each : all) {
    powered_on_before_s_ = std::max(powered_on_before_s_, each.accepted_s);
  }
  for (auto& each : all) load(now, std::move(each));
  if (waiting_ > 0) note_at_ = now + limits_.note_powered_on_every;
}

void Outbox::load(TimePoint now, ports::StoredMessage stored) {
  const MessageId id{stored.id};
  last_id_ = std::max(last_id_, stored.id);
  const auto state = static_cast<MessageState>(stored.state);
  if (state < MessageState::waiting || state > MessageState::rejected) {
    ++counters_.unreadable_stored;  // kept on disk: a newer version may know what it is
    return;
  }
  const std::int64_t age_s = powered_on_before_s_ - stored.accepted_s;
  Held held;
  held.message = {std::move(stored.identity),
                  std::move(stored.from),
                  std::move(stored.to),
                  std::move(stored.request),
                  {},
                  std::chrono::seconds{stored.lifetime_s}};
  held.accepted = now - std::chrono::seconds{age_s};
  held.attempts = stored.attempts;
  held.state = is_settled(state) ? state : MessageState::waiting;
  if (!is_settled(state)) return enqueue(id, std::move(held));
  by_identity_[held.message.identity] = id;
  messages_.emplace(id, std::move(held));
  remember_settled(id);
}

std::int64_t Outbox::powered_on_s(TimePoint now) const {
  return powered_on_before_s_ +
         std::chrono::duration_cast<std::chrono::seconds>(now - started_).count();
}

TimePoint Outbox::expires(const Held& held) { return held.accepted + held.message.lifetime; }

std::size_t Outbox::cost(const WaitingMessage& message) {
  return cost_beside_request + message.request.size() + message.from.size() + message.to.size();
}

ports::StoredMessage Outbox::stored(MessageId id, const Held& held) const {
  const bool over = is_settled(held.state);
  return {id.number,
          held.message.identity,
          held.message.from,
          held.message.to,
          over ? Bytes{} : held.message.request,
          static_cast<std::uint8_t>(over ? held.state : MessageState::waiting),
          held.attempts,
          powered_on_s(held.accepted),
          static_cast<std::uint32_t>(held.message.lifetime.count())};
}

Result<MessageId, Refusal> Outbox::submit(TimePoint now, WaitingMessage message) {
  deadline_.reset();
  if (const auto known = by_identity_.find(message.identity); known != by_identity_.end()) {
    ++counters_.duplicates;
    return known->second;
  }
  if (message.identity.empty() || message.identity.size() > WaitingMessage::identity_bytes_max ||
      message.request.size() > limits_.request_bytes_max ||
      message.from.size() > limits_.aor_bytes_max || message.to.size() > limits_.aor_bytes_max) {
    ++counters_.refused_too_large;
    return tl::make_unexpected(Refusal::too_large);
  }
  if (waiting_ >= limits_.messages_max || bytes_ + cost(message) > limits_.quota_bytes_max) {
    ++counters_.refused_over_quota;
    return tl::make_unexpected(Refusal::over_quota);
  }
  if (message.lifetime.count() <= 0) message.lifetime = limits_.lifetime_default;
  message.lifetime = std::min(message.lifetime, limits_.lifetime_max);
  Held held;
  held.accepted = now - std::max(message.accepted_age, std::chrono::seconds{0});
  held.message = std::move(message);
  const MessageId id{last_id_ + 1};
  if (!store_.put(stored(id, held))) {
    ++counters_.store_failures;
    return tl::make_unexpected(Refusal::storage_failed);
  }
  last_id_ = id.number;
  ++counters_.accepted;
  enqueue(id, std::move(held));
  if (!note_at_) note_at_ = now + limits_.note_powered_on_every;
  advance(now);
  return id;
}

void Outbox::enqueue(MessageId id, Held held) {
  ++waiting_;
  bytes_ += cost(held.message);
  next_expiry_ = earlier(next_expiry_, expires(held));
  by_identity_[held.message.identity] = id;
  recipients_[held.message.to].queue.push_back(id);
  messages_.emplace(id, std::move(held));
}

void Outbox::recipient_reachable(TimePoint now, std::string_view to) {
  deadline_.reset();
  Recipient& recipient = recipients_[std::string(to)];
  if (recipient.reachable) {
    recipient.retry_at = std::min(recipient.retry_at, now + limits_.retry_min);
  } else {
    recipient.reachable = true;
    recipient.retry_at = now;
    recipient.retry_pause = limits_.retry_min;
  }
  attempt(now, recipient);
}

void Outbox::recipient_unreachable(TimePoint, std::string_view to) {
  deadline_.reset();
  const auto at = recipients_.find(to);
  if (at == recipients_.end()) return;
  at->second.reachable = false;
  if (at->second.queue.empty()) recipients_.erase(at);
}

void Outbox::attempt(TimePoint now, Recipient& recipient) {
  if (!recipient.reachable || recipient.queue.empty() || recipient.attempt_until ||
      recipient.retry_at > now) {
    return;
  }
  const MessageId id = recipient.queue.front();
  Held& held = messages_.at(id);
  held.state = MessageState::attempting;
  ++held.attempts;
  recipient.attempt_until = now + limits_.attempt_timeout;
  Attempt attempt{id, held.message};
  attempt.message.accepted_age =
      std::chrono::duration_cast<std::chrono::seconds>(now - held.accepted);
  out_.emplace_back(std::move(attempt));
}

void Outbox::attempt_failed(TimePoint now, Recipient& recipient) {
  messages_.at(recipient.queue.front()).state = MessageState::waiting;
  recipient.attempt_until.reset();
  recipient.retry_pause = std::max(recipient.retry_pause, limits_.retry_min);
  const double jitter = 0.8 + 0.4 * random_.unit();
  recipient.retry_at = now + std::chrono::duration_cast<Duration>(recipient.retry_pause * jitter);
  recipient.retry_pause =
      std::min(std::chrono::duration_cast<Duration>(recipient.retry_pause * limits_.retry_growth),
               limits_.retry_max);
}

void Outbox::outcome(TimePoint now, MessageId id, Outcome outcome) {
  deadline_.reset();
  const auto at = messages_.find(id);
  if (at == messages_.end() || is_settled(at->second.state)) return;
  const bool under_way = at->second.state == MessageState::attempting;
  if (outcome == Outcome::delivered) return settle(now, id, MessageState::delivered);
  if (!under_way) return;
  if (outcome == Outcome::rejected) return settle(now, id, MessageState::rejected);
  attempt_failed(now, recipients_.at(at->second.message.to));
}

void Outbox::settle(TimePoint now, MessageId id, MessageState state) {
  Held& held = messages_.at(id);
  const bool under_way = held.state == MessageState::attempting;
  const std::string to = held.message.to;
  --waiting_;
  bytes_ -= cost(held.message);
  held.state = state;
  held.message.request = {};
  // Should this fail, the message goes out again after a restart, under its old identity.
  if (!store_.put(stored(id, held))) ++counters_.store_failures;
  counters_.delivered += state == MessageState::delivered;
  counters_.rejected += state == MessageState::rejected;
  counters_.expired += state == MessageState::expired;
  remember_settled(id);
  Recipient& recipient = recipients_.at(to);
  std::erase(recipient.queue, id);
  if (under_way) recipient.attempt_until.reset();
  if (recipient.queue.empty() && !recipient.reachable) {
    recipients_.erase(to);
    return;
  }
  if (state != MessageState::expired) {
    recipient.retry_at = now;
    recipient.retry_pause = limits_.retry_min;
  }
  attempt(now, recipient);
}

void Outbox::remember_settled(MessageId id) {
  settled_.push_back(id);
  while (settled_.size() > limits_.settled_max) {
    const auto at = messages_.find(settled_.front());
    by_identity_.erase(at->second.message.identity);
    if (!store_.erase_message(at->first.number)) ++counters_.store_failures;
    messages_.erase(at);
    settled_.pop_front();
  }
}

void Outbox::expire(TimePoint now) {
  std::vector<MessageId> over;
  std::optional<TimePoint> next;
  for (const auto& [id, held] : messages_) {
    if (is_settled(held.state)) continue;
    if (expires(held) <= now) {
      over.push_back(id);
    } else {
      next = earlier(next, expires(held));
    }
  }
  next_expiry_ = next;
  for (const MessageId id : over) {
    const WaitingMessage& message = messages_.at(id).message;
    out_.emplace_back(Expired{id, message.identity, message.from, message.to});
    settle(now, id, MessageState::expired);
  }
}

void Outbox::note_powered_on(TimePoint now) {
  if (!store_.note_powered_on_s(powered_on_s(now))) ++counters_.store_failures;
  note_at_.reset();
  if (waiting_ > 0) note_at_ = now + limits_.note_powered_on_every;
}

void Outbox::advance(TimePoint now) {
  if (const auto due = deadline(); !due || *due > now) return;
  deadline_.reset();
  if (next_expiry_ && *next_expiry_ <= now) expire(now);
  for (auto& [to, recipient] : recipients_) {
    if (recipient.attempt_until && *recipient.attempt_until <= now) {
      ++counters_.attempts_timed_out;
      attempt_failed(now, recipient);
    }
    attempt(now, recipient);
  }
  if (note_at_ && *note_at_ <= now) note_powered_on(now);
}

std::optional<Outbox::Output> Outbox::poll() {
  if (out_.empty()) return std::nullopt;
  Output next = std::move(out_.front());
  out_.pop_front();
  return next;
}

std::optional<TimePoint> Outbox::deadline() const {
  if (!deadline_) deadline_ = first_due();
  return *deadline_;
}

std::optional<TimePoint> Outbox::first_due() const {
  auto next = earlier(next_expiry_, note_at_);
  for (const auto& [to, recipient] : recipients_) {
    if (recipient.attempt_until) {
      next = earlier(next, recipient.attempt_until);
    } else if (recipient.reachable && !recipient.queue.empty()) {
      next = earlier(next, recipient.retry_at);
    }
  }
  return next;
}

bool Outbox::has_waiting(std::string_view to) const {
  const auto at = recipients_.find(to);
  return at != recipients_.end() && !at->second.queue.empty();
}

std::optional<MessageId> Outbox::find(std::string_view identity) const {
  const auto at = by_identity_.find(identity);
  return at == by_identity_.end() ? std::nullopt : std::optional(at->second);
}

const WaitingMessage* Outbox::waiting_message(MessageId id) const {
  const auto at = messages_.find(id);
  return at == messages_.end() || is_settled(at->second.state) ? nullptr : &at->second.message;
}

std::vector<Outbox::Status> Outbox::list(TimePoint now) const {
  std::vector<Status> all;
  for (const auto& [id, held] : messages_) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - held.accepted);
    all.push_back({id, held.message.from, held.message.to, held.state, age, held.attempts});
  }
  return all;
}

}  // namespace muster::dtn
