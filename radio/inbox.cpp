// SPDX-License-Identifier: Apache-2.0
#include "radio/inbox.hpp"

#include <algorithm>

namespace muster::radio {

void Inbox::settle(std::uint32_t oldest) {
  if (!based_) {
    base_ = oldest;
    based_ = true;
    return;
  }
  const std::uint64_t settled = unwrap_number(oldest, base_);
  if (settled <= base_) return;
  const std::uint64_t gone = std::min<std::uint64_t>(settled - base_, delivered_.size());
  delivered_.erase(delivered_.begin(), delivered_.begin() + static_cast<std::ptrdiff_t>(gone));
  base_ = settled;
  while (true) {
    const auto partial = partials_.lower_bound(Key{true, 0});
    if (partial == partials_.end() || partial->first.second >= base_) break;
    forget(partial);
  }
}

Inbox::Verdict Inbox::accept(TimePoint now, const HopChunk& chunk,
                             std::optional<std::uint32_t> oldest) {
  if (!chunk.reliable) {
    if (chunk.fragment) return reassemble(now, {false, chunk.number}, chunk);
    packet_ = to_bytes(chunk.data);
    return Verdict::whole;
  }
  if (!oldest || chunk.data.size() > limits_.packet_bytes_max) return Verdict::malformed;
  const std::uint64_t number = unwrap_number(*oldest, base_) + chunk.number;
  if (number < base_) return Verdict::duplicate;
  const std::uint64_t at = number - base_;
  if (at >= packet_number_span) return Verdict::malformed;
  if (at < delivered_.size() && delivered_[at]) return Verdict::duplicate;

  Verdict verdict = Verdict::whole;
  if (chunk.fragment) {
    verdict = reassemble(now, {true, number}, chunk);
  } else {
    packet_ = to_bytes(chunk.data);
    // The parts of an earlier transmission, which a larger frame has overtaken.
    const auto partial = partials_.find({true, number});
    if (partial != partials_.end()) forget(partial);
  }
  if (verdict == Verdict::whole) {
    if (at >= delivered_.size()) delivered_.resize(at + 1, false);
    delivered_[at] = true;
  }
  return verdict;
}

Inbox::Verdict Inbox::reassemble(TimePoint now, const Key& key, const HopChunk& chunk) {
  if (chunk.total > limits_.packet_bytes_max) return Verdict::malformed;
  auto found = partials_.find(key);
  if (found != partials_.end() && found->second.bytes.size() != chunk.total) {
    // The short numbers of best effort come round again; a reliable packet has but one size.
    if (key.first) return Verdict::malformed;
    forget(found);
    found = partials_.end();
  }
  if (found == partials_.end()) {
    if (!make_room(chunk.total)) return Verdict::no_room;
    found = partials_.emplace(key, Partial{Bytes(chunk.total), {}, now}).first;
    bytes_ += chunk.total;
  }
  Partial& partial = found->second;
  std::copy(chunk.data.begin(), chunk.data.end(), partial.bytes.begin() + chunk.at);
  partial.held.add({chunk.at, chunk.at + chunk.data.size()});
  if (!partial.held.covers({0, chunk.total})) return Verdict::kept;
  packet_ = partial.bytes;
  forget(found);
  return Verdict::whole;
}

bool Inbox::make_room(std::size_t needed) {
  while (bytes_ + needed > limits_.reassembly_bytes_max) {
    const auto first = partials_.begin();
    // Parts of reliable packets have been acknowledged: they stay until they are whole or settled.
    if (first == partials_.end() || first->first.first) return false;
    forget(first);
  }
  return true;
}

void Inbox::expire(TimePoint now) {
  for (auto partial = partials_.begin(); partial != partials_.end() && !partial->first.first;) {
    const auto next = std::next(partial);
    if (now >= partial->second.begun + limits_.best_effort_kept_max) forget(partial);
    partial = next;
  }
}

std::optional<TimePoint> Inbox::earliest_expiry() const {
  std::optional<TimePoint> earliest;
  for (const auto& [key, partial] : partials_) {
    if (key.first) break;
    earliest = earlier(earliest, partial.begun + limits_.best_effort_kept_max);
  }
  return earliest;
}

void Inbox::forget(Partials::iterator partial) {
  bytes_ -= partial->second.bytes.size();
  partials_.erase(partial);
}

}  // namespace muster::radio
