// SPDX-License-Identifier: Apache-2.0
#include "core/dtn/seen_messages.hpp"

#include <algorithm>

namespace muster::dtn {

void SeenMessages::start(TimePoint now) {
  started_ = now;
  for (auto& each : store_.load_seen()) {
    before_s_ = std::max(before_s_, each.seen_s);
    order_.push_back(each.identity);
    by_identity_.emplace(std::move(each.identity), each.seen_s);
  }
}

std::uint64_t SeenMessages::powered_on_s(TimePoint now) const {
  const auto here = std::chrono::duration_cast<std::chrono::seconds>(now - started_).count();
  return before_s_ + static_cast<std::uint64_t>(std::max<std::int64_t>(0, here));
}

bool SeenMessages::mark(TimePoint now, std::string_view identity) {
  if (identity.empty() || identity.size() > limits_.identity_bytes_max) return false;
  store_what_could_not_be();
  if (seen(identity)) return !unstored_.contains(identity);
  const std::uint64_t now_s = powered_on_s(now);
  const bool stored = store_.put_seen({std::string(identity), now_s});
  if (!stored) unstored_.emplace(identity);
  order_.emplace_back(identity);
  by_identity_.emplace(identity, now_s);
  forget_old(now_s);
  return stored;
}

void SeenMessages::store_what_could_not_be() {
  while (!unstored_.empty()) {
    const auto& identity = *unstored_.begin();
    if (!store_.put_seen({identity, by_identity_.find(identity)->second})) return;
    unstored_.erase(unstored_.begin());
  }
}

void SeenMessages::forget_old(std::uint64_t now_s) {
  const auto remembered = static_cast<std::uint64_t>(limits_.remembered.count());
  while (!order_.empty()) {
    const auto oldest = by_identity_.find(order_.front());
    if (order_.size() <= limits_.entries_max && oldest->second + remembered > now_s) return;
    store_.erase_seen(oldest->first);
    unstored_.erase(oldest->first);
    by_identity_.erase(oldest);
    order_.pop_front();
  }
}

}  // namespace muster::dtn
