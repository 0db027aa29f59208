// SPDX-License-Identifier: Apache-2.0
#include "sip/confirmation_table.hpp"

#include <algorithm>
#include <utility>

namespace muster::sip {

namespace {

std::string key_of(const Message& message) {
  return message.call_id() + '|' + message.to().tag() + '|' + std::to_string(message.cseq().number);
}

}  // namespace

ConfirmationTable::Entry* ConfirmationTable::find(const Message& message) {
  const auto it = entries_.find(key_of(message));
  return it == entries_.end() ? nullptr : &it->second;
}

ConfirmationTable::Entry* ConfirmationTable::find_or_make(TimePoint now, const Message& message) {
  if (Entry* known = find(message)) return known;
  if (entries_.size() >= limits_.entries_max) return nullptr;
  Entry entry{.forget_at = now + times_.patience(), .passed = {}, .repetition = {}, .ack = {}};
  return &entries_.emplace(key_of(message), std::move(entry)).first->second;
}

bool ConfirmationTable::pass_again(TimePoint now, Entry& entry) const {
  if (entry.passed && now - *entry.passed < limits_.again_after) return false;
  entry.passed = now;
  return true;
}

bool ConfirmationTable::success_to_phone(TimePoint now, ServerNumber server,
                                         const Message& response) {
  if (find(response)) return false;
  if (Entry* entry = find_or_make(now, response)) {
    entry->repetition = Repetition{server, response, times_.t1, now + times_.t1};
  }
  return true;
}

bool ConfirmationTable::success_to_node(TimePoint now, const Message& response) {
  Entry* entry = find_or_make(now, response);
  if (!entry) return true;
  if (entry->ack) {
    outputs_.emplace_back(*entry->ack);
    return false;
  }
  return pass_again(now, *entry);
}

bool ConfirmationTable::ack_to_node(TimePoint now, const Message& ack) {
  Entry* entry = find(ack);
  if (!entry) return true;
  entry->repetition.reset();
  return pass_again(now, *entry);
}

void ConfirmationTable::ack_to_phone(const Message& ack, const PhoneAddress& to, Bytes bytes) {
  if (Entry* entry = find(ack)) entry->ack = RepeatAck{to, std::move(bytes)};
}

void ConfirmationTable::advance(TimePoint now) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.forget_at <= now; });
  for (auto& [key, entry] : entries_) {
    if (!entry.repetition || entry.repetition->at > now) continue;
    Repetition& repetition = *entry.repetition;
    outputs_.emplace_back(RepeatSuccess{repetition.server, repetition.response});
    repetition.interval = std::min(2 * repetition.interval, times_.t2);
    repetition.at = now + repetition.interval;
  }
}

std::optional<ConfirmationTable::Output> ConfirmationTable::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> ConfirmationTable::deadline() const {
  std::optional<TimePoint> first;
  for (const auto& [key, entry] : entries_) {
    first = earlier(first, entry.forget_at);
    if (entry.repetition) first = earlier(first, entry.repetition->at);
  }
  return first;
}

}  // namespace muster::sip
