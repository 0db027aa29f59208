// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/departures.hpp"

#include <utility>

namespace muster::mesh {

void Departures::submit(std::uint64_t handle, Bytes message, TimePoint give_up_at) {
  waiting_.push_back({handle, std::move(message), give_up_at});
}

std::uint32_t Departures::floor() const {
  return in_flight_.empty() ? next_number_ : in_flight_.begin()->first;
}

bool Departures::may_start() const {
  return !waiting_.empty() && in_flight_.size() < limits_.in_flight_max &&
         next_number_ - floor() < limits_.window;
}

void Departures::finish(std::map<std::uint32_t, InFlight>::iterator which, bool acknowledged) {
  const Waiting& what = which->second.what;
  settled_.push_back({what.handle, what.message.size(), acknowledged});
  in_flight_.erase(which);
}

void Departures::acknowledge(TimePoint now, const DeliveryAck& ack, RoundTrip& round_trip) {
  if (ack.boot != boot_) return;
  const auto echoed = in_flight_.find(ack.number);
  if (echoed != in_flight_.end()) {
    const InFlight& flight = echoed->second;
    // How many sendings ago, in the octet's arithmetic; too long ago is no sample.
    const auto age = static_cast<std::uint8_t>(flight.attempts - 1 - ack.attempt);
    if (age < attempts_remembered && age < flight.attempts) {
      const auto index = (flight.attempts - 1 - age) % attempts_remembered;
      round_trip.sample(now - flight.sent_at[index]);
    }
    finish(echoed, true);
  }
  for (auto it = in_flight_.begin(); it != in_flight_.end();) {
    const auto here = it++;
    const std::uint32_t number = here->first;
    const bool in_map = number >= ack.below && number - ack.below < 64 &&
                        (ack.map >> (number - ack.below) & 1) != 0;
    if (number < ack.below || in_map) finish(here, true);
  }
}

void Departures::hurry(TimePoint now) {
  for (auto& [number, flight] : in_flight_) {
    flight.waits = 0;
    flight.due_at = now;
    if (flight.attempts == 0) continue;
    const auto& last = flight.sent_at[(flight.attempts - 1) % attempts_remembered];
    flight.due_at = std::max(now, last + limits_.again_no_sooner);
  }
}

std::vector<Departures::Due> Departures::due(TimePoint now, const RoundTrip& round_trip) {
  while (may_start()) {
    InFlight flight{std::move(waiting_.front()), {}, 0, 0, now};
    waiting_.pop_front();
    in_flight_.emplace(next_number_++, std::move(flight));
  }
  std::vector<Due> sendings;
  for (auto& [number, flight] : in_flight_) {
    if (flight.due_at > now) continue;
    if (flight.attempts > 0) ++resent_;
    const auto attempt = static_cast<std::uint8_t>(flight.attempts);
    flight.sent_at[flight.attempts % attempts_remembered] = now;
    ++flight.attempts;
    flight.due_at = now + round_trip.timeout(flight.waits++) +
                    limits_.wait_per_octet * static_cast<Duration::rep>(flight.what.message.size());
    sendings.push_back(
        {encode(DeliveryData{precedence_, boot_, number, floor(), attempt, flight.what.message}),
         flight.what.give_up_at - now});
  }
  return sendings;
}

std::vector<Departures::Settled> Departures::settled(TimePoint now) {
  for (auto it = in_flight_.begin(); it != in_flight_.end();) {
    const auto here = it++;
    if (here->second.what.give_up_at <= now) finish(here, false);
  }
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    if (waiting.give_up_at > now) return false;
    settled_.push_back({waiting.handle, waiting.message.size(), false});
    return true;
  });
  return std::exchange(settled_, {});
}

std::optional<TimePoint> Departures::deadline() const {
  std::optional<TimePoint> first;
  for (const auto& [number, flight] : in_flight_) {
    first = earlier(first, flight.due_at);
    first = earlier(first, flight.what.give_up_at);
  }
  for (const auto& waiting : waiting_) first = earlier(first, waiting.give_up_at);
  return first;
}

}  // namespace muster::mesh
