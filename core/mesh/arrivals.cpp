// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/arrivals.hpp"

#include <algorithm>
#include <utility>

namespace muster::mesh {

Arrivals::Arrivals(Limits limits, std::uint32_t floor)
    : limits_(limits), settled_below_(floor), next_(floor) {}

Arrivals::Verdict Arrivals::receive(TimePoint now, const DeliveryData& data) {
  settle(data.floor);
  if (data.number < settled_below_ || arrived_.contains(data.number)) return Verdict::duplicate;
  if (data.number - settled_below_ >= limits_.window) return Verdict::outside_window;
  arrived_.insert(data.number);
  settle(data.floor);
  if (data.number < next_) {  // its place was given up: better late than never
    ready_.push_back(to_bytes(data.message));
    return Verdict::fresh;
  }
  held_.emplace(data.number, Held{to_bytes(data.message), now + limits_.hold_time});
  held_bytes_ += data.message.size();
  release_in_order();
  while (held_.size() > limits_.held_messages_max || held_bytes_ > limits_.held_bytes_max) {
    release_up_to(held_.begin()->first);
  }
  return Verdict::fresh;
}

/// The sender waits for nothing below `floor` any more, so neither do we.
void Arrivals::settle(std::uint32_t floor) {
  if (floor > settled_below_) {
    settled_below_ = floor;
    arrived_.erase(arrived_.begin(), arrived_.lower_bound(floor));
    if (floor > next_) release_up_to(floor - 1);
  }
  while (arrived_.erase(settled_below_) > 0) ++settled_below_;
}

void Arrivals::release_up_to(std::uint32_t number) {
  while (!held_.empty() && held_.begin()->first <= number) {
    held_bytes_ -= held_.begin()->second.message.size();
    ready_.push_back(std::move(held_.begin()->second.message));
    held_.erase(held_.begin());
  }
  next_ = std::max(next_, number + 1);
  release_in_order();
}

void Arrivals::release_in_order() {
  while (!held_.empty() && held_.begin()->first == next_) {
    held_bytes_ -= held_.begin()->second.message.size();
    ready_.push_back(std::move(held_.begin()->second.message));
    held_.erase(held_.begin());
    ++next_;
  }
}

void Arrivals::release_all() {
  if (!held_.empty()) release_up_to(held_.rbegin()->first);
}

void Arrivals::advance(TimePoint now) {
  std::optional<std::uint32_t> overdue;
  for (const auto& [number, held] : held_) {
    if (held.until <= now) overdue = number;
  }
  if (overdue) release_up_to(*overdue);
}

std::optional<Bytes> Arrivals::poll() {
  if (ready_.empty()) return std::nullopt;
  Bytes message = std::move(ready_.front());
  ready_.pop_front();
  return message;
}

std::optional<TimePoint> Arrivals::deadline() const {
  std::optional<TimePoint> first;
  for (const auto& [number, held] : held_) first = earlier(first, held.until);
  return first;
}

std::uint64_t Arrivals::map() const {
  std::uint64_t bits = 0;
  for (const std::uint32_t number : arrived_) {
    if (number - settled_below_ >= 64) break;
    bits |= std::uint64_t{1} << (number - settled_below_);
  }
  return bits;
}

}  // namespace muster::mesh
