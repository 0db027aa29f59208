// SPDX-License-Identifier: Apache-2.0
#include "sim/call_book.hpp"

#include <algorithm>

namespace muster::sim {

void CallBook::dialled(TimePoint now, const std::string& from, const std::string& to) {
  latest_[from] = calls_.size();
  in_[from].insert(calls_.size());
  in_[to].insert(calls_.size());
  calls_.push_back({from, to, now, std::nullopt, std::nullopt, std::nullopt, "", 0, 0});
}

CallBook::Call* CallBook::find(const std::string& from) {
  const auto found = latest_.find(from);
  return found == latest_.end() ? nullptr : &calls_[found->second];
}

const CallBook::Call* CallBook::latest(const std::string& from) const {
  const auto found = latest_.find(from);
  return found == latest_.end() ? nullptr : &calls_[found->second];
}

void CallBook::ringing(TimePoint now, const std::string& from) {
  auto* call = find(from);
  if (call != nullptr && !call->ringing && !call->closed) call->ringing = now;
}

void CallBook::established(TimePoint now, const std::string& from) {
  auto* call = find(from);
  if (call != nullptr && !call->established && !call->closed) call->established = now;
}

void CallBook::closed(TimePoint now, const std::string& from, const std::string& reason) {
  auto* call = find(from);
  if (call == nullptr || call->closed) return;
  call->closed = now;
  const auto number = static_cast<std::size_t>(call - calls_.data());
  in_[call->from].erase(number);
  in_[call->to].erase(number);
  call->reason = reason;
}

void CallBook::media(const std::string& user, std::uint64_t sent, std::uint64_t received) {
  const auto call = std::find_if(calls_.rbegin(), calls_.rend(), [&](const Call& candidate) {
    return (candidate.from == user || candidate.to == user) && candidate.established;
  });
  if (call == calls_.rend()) return;
  call->media_sent += sent;
  call->media_received += received;
}

bool CallBook::busy(const std::string& user) const {
  const auto found = in_.find(user);
  return found != in_.end() && !found->second.empty();
}

CallBook::Totals CallBook::totals(TimePoint since) const {
  Totals totals;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  for (const auto& call : calls_) {
    if (call.dialled < since) continue;
    ++totals.attempted;
    if (call.established) ++totals.established;
    // A 180 may be overtaken by the 200; the phone rang all the same.
    if (const auto rang = call.ringing ? call.ringing : call.established)
      totals.ring.add(*rang - call.dialled);
    if (call.established) totals.setup.add(*call.established - call.dialled);
    sent += call.media_sent;
    received += call.media_received;
  }
  if (totals.attempted > 0) {
    totals.success_ratio =
        static_cast<double>(totals.established) / static_cast<double>(totals.attempted);
  }
  if (sent > 0) {
    totals.media_loss =
        std::max(0.0, 1 - static_cast<double>(received) / static_cast<double>(sent));
  }
  return totals;
}

}  // namespace muster::sim
