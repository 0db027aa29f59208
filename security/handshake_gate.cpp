// SPDX-License-Identifier: Apache-2.0
#include "security/handshake_gate.hpp"

#include <algorithm>

namespace muster::security {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

}  // namespace

RateCredit::RateCredit(unsigned per_second)
    : cost_(second / std::max(1U, per_second)), credit_(second) {}

bool RateCredit::take(TimePoint now) {
  const auto passed = static_cast<std::uint64_t>((now - credited_).count());
  credit_ = std::min(second, credit_ + std::min(second, passed));
  credited_ = now;
  if (credit_ < cost_) return false;
  credit_ -= cost_;
  return true;
}

bool RateCredit::full(TimePoint now) const {
  const auto passed = static_cast<std::uint64_t>((now - credited_).count());
  return credit_ + std::min(second, passed) >= second;
}

HandshakeGate::HandshakeGate(Limits limits)
    : limits_(limits),
      without_cookie_(limits.without_cookie_per_second_max),
      with_cookie_(limits.with_cookie_per_second_max),
      cookies_(limits.cookies_per_second_max) {}

HandshakeGate::Verdict HandshakeGate::judge(TimePoint now, const LinkPath& from,
                                            bool cookie_proven) {
  if (cookie_proven) {
    // The address first: what one sends too fast must not use up what is there for all.
    return take_of_address(now, from) && with_cookie_.take(now) ? Verdict::answer
                                                                : Verdict::silence;
  }
  if (without_cookie_.take(now)) return Verdict::answer;
  return cookies_.take(now) ? Verdict::ask_for_cookie : Verdict::silence;
}

bool HandshakeGate::take_of_address(TimePoint now, const LinkPath& from) {
  auto found = addresses_.find(from);
  if (found == addresses_.end()) {
    if (addresses_.size() >= limits_.addresses_max) {
      std::erase_if(addresses_, [&](const auto& each) { return each.second.full(now); });
    }
    if (addresses_.size() >= limits_.addresses_max) return false;
    found = addresses_.emplace(from, RateCredit(limits_.per_address_per_second_max)).first;
  }
  return found->second.take(now);
}

}  // namespace muster::security
