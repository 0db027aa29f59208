// SPDX-License-Identifier: Apache-2.0
#include "radio/airtime_gate.hpp"

#include <algorithm>

namespace muster::radio {
namespace {

constexpr Duration budget_period = std::chrono::hours{1};  // ETSI EN 300 220's
/// What must stay in the bucket for those above: ROUTINE, PRIORITY, IMMEDIATE, FLASH.
constexpr std::array<double, precedence_count> reserves{0.2, 0.12, 0.05, 0};

std::size_t index(Precedence precedence) { return static_cast<std::size_t>(precedence); }

Duration share_of(Duration whole, double share) {
  return Duration{static_cast<std::int64_t>(static_cast<double>(whole.count()) * share)};
}

}  // namespace

AirtimeGate::AirtimeGate(const LinkProfile& profile, std::size_t frame_bytes_max, Limits limits,
                         TimePoint now, std::uint64_t seed)
    : profile_(profile),
      limits_(limits),
      random_(seed),
      largest_(profile.airtime(frame_bytes_max)),
      budgeted_(profile.duty_cycle.has_value()),
      filled_at_(now),
      free_at_(now),
      load_at_(now) {
  if (!budgeted_) return;
  const Duration budget = share_of(budget_period, *profile.duty_cycle);
  const double rate = *profile.duty_cycle * (1 - limits_.burst_share);
  // All buckets together hold the burst, and together fill at the rate.
  for (std::size_t i = 0; i + 1 < floors_.size(); ++i) {
    floors_[i] = {largest_, std::min(largest_, share_of(budget, limits_.burst_share / 8)),
                  rate * limits_.floor_share};
    floors_[i].level = floors_[i].size;
  }
  const Duration own = 3 * floors_[0].size;
  common_.size = std::max(share_of(budget, limits_.burst_share) - own, Duration{});
  common_.level = common_.size;
  common_.rate = rate * (1 - 3 * limits_.floor_share);
}

/// Until then somebody speaks; then as many slots as are drawn now.
void AirtimeGate::wait_from(TimePoint free) {
  free_at_ = std::max(free_at_, free);
  draw_ = random_.unit();
  drawn_load_ = std::min(load_, 1.0);
}

Duration AirtimeGate::slots(Precedence precedence) const {
  const auto least = static_cast<double>(limits_.window_slots);
  const auto most = static_cast<double>(limits_.window_slots_max[index(precedence)]);
  const double window = least + drawn_load_ * std::max(0.0, most - least);
  return static_cast<Duration::rep>(draw_ * window) * profile_.slot;
}

void AirtimeGate::fill(TimePoint now) {
  if (now <= filled_at_) return;
  const Duration passed = now - filled_at_;
  filled_at_ = now;
  if (!budgeted_) return;
  const auto add = [&](Bucket& bucket) {
    bucket.level = std::min(bucket.size, bucket.level + share_of(passed, bucket.rate));
  };
  for (auto& floor : floors_) add(floor);
  add(common_);
}

Duration AirtimeGate::reserve(Precedence precedence) const {
  return share_of(common_.size, reserves[index(precedence)]);
}

TimePoint AirtimeGate::holds_at(const Bucket& bucket, Duration level) const {
  if (bucket.level >= level) return filled_at_;
  if (level > bucket.size || bucket.rate <= 0) return TimePoint::max();
  // Rounded up: early would be a wake-up for nothing.
  return filled_at_ + Duration{1} + share_of(level - bucket.level, 1 / bucket.rate);
}

TimePoint AirtimeGate::opens_at(Precedence precedence) const {
  const TimePoint free = free_at_ + slots(precedence);
  if (!budgeted_) return free;
  const Duration needed = std::min(largest_, common_.size);
  TimePoint affordable = holds_at(common_, std::min(common_.size, needed + reserve(precedence)));
  const Bucket& floor = floors_[index(precedence)];
  if (floor.size >= largest_) affordable = std::min(affordable, holds_at(floor, largest_));
  return std::max(free, affordable);
}

void AirtimeGate::sent(TimePoint now, std::size_t datagram_bytes, Precedence precedence) {
  fill(now);
  const Duration busy = profile_.airtime(datagram_bytes);
  spent_ += busy;
  note_load(now, busy);
  wait_from(now + busy);
  handed_at_ = now;
  handed_ = busy;
  if (!budgeted_) return;
  Bucket& floor = floors_[index(precedence)];
  const bool common = common_.level >= std::min(common_.size, busy + reserve(precedence));
  // What comes of a floor is not taken from those above.
  (common || floor.level < busy ? common_ : floor).level -= busy;
}

void AirtimeGate::heard(TimePoint now, std::size_t datagram_bytes) {
  const Duration busy = profile_.airtime(datagram_bytes);
  note_load(now, busy);
  if (!profile_.half_duplex) return;
  // Who sends hears nothing: what we handed over before that frame ended waits in the modem still.
  const bool waits = handed_at_ + handed_ > now - busy;
  if (waits) handed_at_ = now;
  wait_from(now + (waits ? handed_ : Duration{}));
}

void AirtimeGate::note_load(TimePoint now, Duration busy) {
  load_ = load(now) +
          static_cast<double>(busy.count()) / static_cast<double>(limits_.load_span.count());
  load_at_ = now;
}

double AirtimeGate::load(TimePoint now) const {
  // Linear, not exponential: the same on every processor.
  const double passed = static_cast<double>((now - load_at_).count()) /
                        static_cast<double>(limits_.load_span.count());
  return std::max(0.0, load_ * (1 - std::min(1.0, passed)));
}

}  // namespace muster::radio
