// SPDX-License-Identifier: Apache-2.0
#include "sim/arrival_faults.hpp"

namespace muster::sim {

std::optional<Medium::Arrival> ArrivalQueue::poll(TimePoint now) {
  if (queue_.empty() || queue_.top().arrival.due > now) return std::nullopt;
  auto arrival = queue_.top().arrival;
  queue_.pop();
  return arrival;
}

std::optional<TimePoint> ArrivalQueue::deadline() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.top().arrival.due;
}

void ArrivalFaults::deliver(Medium::Arrival arrival, ArrivalQueue& queue) {
  auto rates = usual_;
  if (!between_.empty()) {
    const auto other = between_.find({arrival.from, arrival.to});
    if (other != between_.end()) rates = other->second;
  }
  if (happens(rates.corrupt)) change_an_octet(arrival);
  if (happens(rates.duplicate)) {
    auto again = arrival;
    again.due += hold();
    queue.push(std::move(again));
  }
  if (happens(rates.reorder)) arrival.due += hold();
  queue.push(std::move(arrival));
}

Duration ArrivalFaults::hold() {
  const auto most = static_cast<std::uint64_t>(hold_max_.count());
  return Duration{static_cast<std::int64_t>(random_.below(most + 1))};
}

void ArrivalFaults::change_an_octet(Medium::Arrival& arrival) {
  if (arrival.frame->empty()) return;
  auto changed = *arrival.frame;
  changed[random_.below(changed.size())] ^= static_cast<std::uint8_t>(1 + random_.below(255));
  arrival.frame = std::make_shared<const Bytes>(std::move(changed));
}

}  // namespace muster::sim
