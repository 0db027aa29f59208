// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/delivery.hpp"

#include <algorithm>
#include <utility>

namespace muster::mesh {

Delivery::Delivery(Limits limits, std::uint32_t boot, std::uint64_t /*seed: nothing is random yet*/)
    : limits_(limits), boot_(boot) {}

MessageNumber Delivery::submit(TimePoint now, const NodeId& to, BytesView message,
                               Precedence precedence, Duration give_up_after) {
  const MessageNumber number{next_handle_++};
  ++counters_.submitted;
  auto found = correspondents_.find(to);
  const bool room =
      message.size() <= limits_.message_bytes_max &&
      submitted_messages_ < limits_.submitted_messages_max &&
      submitted_bytes_ + message.size() <= limits_.submitted_bytes_max &&
      (found != correspondents_.end() || correspondents_.size() < limits_.correspondents_max);
  if (!room) {
    ++counters_.refused;
    outputs_.push_back(GaveUp{number, to});
    return number;
  }
  if (found == correspondents_.end()) {
    found = correspondents_.emplace(to, Correspondent{RoundTrip{limits_.round_trip}, {}}).first;
  }
  auto& departures =
      found->second.departures.try_emplace(precedence, limits_.departures, boot_, precedence)
          .first->second;
  submitted_bytes_ += message.size();
  ++submitted_messages_;
  departures.submit(number.value, to_bytes(message), now + give_up_after);
  serve(now, to, found->second);
  return number;
}

void Delivery::receive(TimePoint now, const NodeId& from, BytesView payload) {
  const auto decoded = decode_delivery(payload);
  if (!decoded) {
    ++counters_.malformed;
  } else if (const auto* data = std::get_if<DeliveryData>(&*decoded)) {
    receive_data(now, from, *data);
  } else {
    receive_ack(now, from, std::get<DeliveryAck>(*decoded));
  }
}

void Delivery::receive_data(TimePoint now, const NodeId& from, const DeliveryData& data) {
  if (data.message.size() > limits_.message_bytes_max) {
    ++counters_.malformed;
    return;
  }
  const auto stream = stream_for(now, from, data);
  Arrivals& arrivals = stream->second.arrivals;
  const auto verdict = arrivals.receive(now, data);
  if (verdict == Arrivals::Verdict::outside_window) {
    ++counters_.outside_window;
    return;
  }
  if (verdict == Arrivals::Verdict::duplicate) ++counters_.duplicates;
  const DeliveryAck ack{data.precedence, data.boot,        data.number,
                        data.attempt,    arrivals.below(), arrivals.map()};
  outputs_.push_back(Send{from, data.precedence, encode(ack), limits_.ack_life});
  let_out(stream->first, arrivals);
}

Delivery::Streams::iterator Delivery::stream_for(TimePoint now, const NodeId& from,
                                                 const DeliveryData& data) {
  const StreamKey key{from, data.precedence, data.boot};
  const auto found = streams_.find(key);
  if (found != streams_.end()) {
    found->second.heard_at = now;
    return found;
  }
  const auto begin = streams_.lower_bound(StreamKey{from, data.precedence, 0});
  const auto end = streams_.upper_bound(StreamKey{from, data.precedence, 0xffffffff});
  if (static_cast<std::size_t>(std::distance(begin, end)) >= limits_.boots_per_correspondent_max) {
    forget_oldest(begin, end);
  } else if (streams_.size() >= limits_.arrival_streams_max) {
    forget_oldest(streams_.begin(), streams_.end());
  }
  return streams_.emplace(key, Stream{Arrivals{limits_.arrivals, data.floor}, now}).first;
}

void Delivery::forget_oldest(Streams::iterator begin, Streams::iterator end) {
  const auto oldest = std::min_element(begin, end, [](const auto& a, const auto& b) {
    return a.second.heard_at < b.second.heard_at;
  });
  if (oldest == end) return;
  oldest->second.arrivals.release_all();  // they are acknowledged, so they must not be lost
  let_out(oldest->first, oldest->second.arrivals);
  streams_.erase(oldest);
}

void Delivery::let_out(const StreamKey& key, Arrivals& arrivals) {
  while (auto message = arrivals.poll()) {
    ++counters_.arrived;
    outputs_.push_back(Arrived{key.from, std::move(*message), key.precedence});
  }
}

void Delivery::receive_ack(TimePoint now, const NodeId& from, const DeliveryAck& ack) {
  const auto found = correspondents_.find(from);
  if (found == correspondents_.end()) return;
  const auto departures = found->second.departures.find(ack.precedence);
  if (departures == found->second.departures.end()) return;
  departures->second.acknowledge(now, ack, found->second.round_trip);
  serve(now, from, found->second);
}

void Delivery::path_up(TimePoint now, const NodeId& to) {
  const auto found = correspondents_.find(to);
  if (found == correspondents_.end()) return;
  for (auto& [precedence, departures] : found->second.departures) departures.hurry(now);
  serve(now, to, found->second);
}

/// The highest precedence first.
void Delivery::serve(TimePoint now, const NodeId& to, Correspondent& correspondent) {
  for (auto it = correspondent.departures.rbegin(); it != correspondent.departures.rend(); ++it) {
    for (const auto& settled : it->second.settled(now)) {
      submitted_bytes_ -= settled.bytes;
      --submitted_messages_;
      if (settled.acknowledged) {
        ++counters_.acknowledged;
        outputs_.push_back(Acknowledged{{settled.handle}, to});
      } else {
        ++counters_.given_up;
        outputs_.push_back(GaveUp{{settled.handle}, to});
      }
    }
    for (auto& due : it->second.due(now, correspondent.round_trip)) {
      ++counters_.sent;
      outputs_.push_back(Send{to, it->first, std::move(due.payload), due.remaining});
    }
  }
}

void Delivery::advance(TimePoint now) {
  for (auto& [to, correspondent] : correspondents_) {
    const bool due = std::any_of(correspondent.departures.begin(), correspondent.departures.end(),
                                 [&](const auto& entry) {
                                   const auto deadline = entry.second.deadline();
                                   return deadline && *deadline <= now;
                                 });
    if (due) serve(now, to, correspondent);
  }
  for (auto& [key, stream] : streams_) {
    stream.arrivals.advance(now);
    let_out(key, stream.arrivals);
  }
}

std::optional<Delivery::Output> Delivery::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> Delivery::deadline() const {
  std::optional<TimePoint> first;
  for (const auto& [to, correspondent] : correspondents_) {
    for (const auto& [precedence, departures] : correspondent.departures) {
      first = earlier(first, departures.deadline());
    }
  }
  for (const auto& [key, stream] : streams_) first = earlier(first, stream.arrivals.deadline());
  return first;
}

std::optional<Duration> Delivery::round_trip(const NodeId& to) const {
  const auto found = correspondents_.find(to);
  return found == correspondents_.end() ? std::nullopt : found->second.round_trip.smoothed();
}

std::size_t Delivery::pending(const NodeId& to) const {
  const auto found = correspondents_.find(to);
  std::size_t sum = 0;
  if (found == correspondents_.end()) return sum;
  for (const auto& [precedence, departures] : found->second.departures) sum += departures.pending();
  return sum;
}

}  // namespace muster::mesh
