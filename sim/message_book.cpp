// SPDX-License-Identifier: Apache-2.0
#include "sim/message_book.hpp"

#include <algorithm>

namespace muster::sim {

std::size_t MessageBook::sent(TimePoint now, std::string from, std::string to, std::string text) {
  messages_.push_back({std::move(from), std::move(to), std::move(text), now, std::nullopt,
                       std::nullopt, std::nullopt});
  return messages_.size() - 1;
}

void MessageBook::answered(TimePoint now, std::size_t message, unsigned status) {
  auto& entry = messages_.at(message);
  if (entry.accepted || entry.refused) return;
  if (status >= 200 && status < 300) {
    entry.accepted = now;
  } else {
    entry.refused = status;
  }
}

const MessageBook::Message* MessageBook::shown(TimePoint now, const std::string& from,
                                               const std::string& to, const std::string& text) {
  const auto between = [&](const Message& message) {
    return message.from == from && message.to == to;
  };
  for (auto entry = messages_.begin(); entry != messages_.end(); ++entry) {
    if (!between(*entry) || entry->text != text || entry->shown) continue;
    entry->shown = now;
    const bool later_shown =
        std::any_of(std::next(entry), messages_.end(),
                    [&](const Message& other) { return between(other) && other.shown; });
    if (later_shown) ++out_of_order_;
    return &*entry;
  }
  ++duplicates_;
  return nullptr;
}

MessageBook::Totals MessageBook::totals(TimePoint since) const {
  Totals totals;
  totals.duplicates = duplicates_;
  totals.out_of_order = out_of_order_;
  for (const auto& message : messages_) {
    if (message.sent < since) continue;
    ++totals.sent;
    if (message.accepted) ++totals.accepted;
    if (!message.shown) continue;
    // Shown is delivered, also where the answer to the sender got lost with its node.
    ++totals.delivered;
    totals.text_bytes += message.text.size();
    totals.latency.add(*message.shown - message.sent);
  }
  if (totals.sent > 0) {
    totals.delivery_ratio =
        static_cast<double>(totals.delivered) / static_cast<double>(totals.sent);
  }
  return totals;
}

}  // namespace muster::sim
