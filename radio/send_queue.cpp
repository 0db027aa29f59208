// SPDX-License-Identifier: Apache-2.0
#include "radio/send_queue.hpp"

#include <algorithm>
#include <cassert>

namespace muster::radio {
namespace {

/// A smaller part is not worth its chunk header: the frame goes as it is.
constexpr std::size_t fragment_bytes_min = 64;

std::size_t index(Precedence precedence) { return static_cast<std::size_t>(precedence); }

}  // namespace

SendQueue::SendQueue(Limits limits)
    : limits_(limits), codel_(precedence_count, Codel{limits.codel}) {}

SendQueue::Drops SendQueue::add(TimePoint now, BytesView packet, Precedence precedence,
                                Reliability reliability, std::optional<TimePoint> expires) {
  if (packet.empty() || packet.size() > limits_.packet_bytes_max) {
    return {{precedence, DropReason::unsendable}};
  }
  Drops drops;
  if (!make_room(packet.size(), precedence, drops)) {
    drops.push_back({precedence, DropReason::queue_full});
    return drops;
  }
  const std::uint64_t id = next_id_++;
  Packet& added = packets_[id];
  added.bytes = to_bytes(packet);
  added.precedence = precedence;
  added.reliability = reliability;
  added.expires = expires;
  added.since = now;
  added.to_send.add({0, packet.size()});
  waiting_[index(precedence)].insert(id);
  if (expires) expiries_.insert({*expires, id});
  bytes_ += packet.size();
  return drops;
}

bool SendQueue::make_room(std::size_t needed, Precedence precedence, Drops& drops) {
  if (bytes_ + needed <= limits_.queue_bytes_max) return true;
  // The newest of the lowest class gives way, but never what has begun to travel.
  std::vector<std::uint64_t> victims;
  std::size_t freed = 0;
  for (std::size_t lower = 0; lower < index(precedence); ++lower) {
    for (auto id = waiting_[lower].rbegin(); id != waiting_[lower].rend(); ++id) {
      if (bytes_ - freed + needed <= limits_.queue_bytes_max) break;
      const Packet& packet = packets_.at(*id);
      if (packet.number) continue;
      freed += packet.bytes.size();
      victims.push_back(*id);
    }
  }
  if (bytes_ - freed + needed > limits_.queue_bytes_max) return false;
  for (const std::uint64_t id : victims) {
    drops.push_back({packets_.at(id).precedence, DropReason::queue_full});
    erase(id);
  }
  return true;
}

SendQueue::Drops SendQueue::expire(TimePoint now) {
  Drops drops;
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    const std::uint64_t id = expiries_.begin()->second;
    expiries_.erase(expiries_.begin());
    const auto packet = packets_.find(id);
    // All in the air: what becomes of it decides, see lost().
    if (packet->second.to_send.empty()) continue;
    drops.push_back({packet->second.precedence, DropReason::expired});
    remove(packet);
  }
  return drops;
}

SendQueue::Drops SendQueue::drop_best_effort() {
  Drops drops;
  for (auto packet = packets_.begin(); packet != packets_.end();) {
    const auto next = std::next(packet);
    if (packet->second.reliability == Reliability::best_effort) {
      drops.push_back({packet->second.precedence, DropReason::link_down});
      remove(packet);
    }
    packet = next;
  }
  return drops;
}

std::vector<SendQueue::Taken> SendQueue::take_back(const std::function<bool(BytesView)>& which) {
  std::vector<Taken> taken;
  for (auto packet = packets_.begin(); packet != packets_.end();) {
    const auto next = std::next(packet);
    if (packet->second.reliability == Reliability::reliable && which(packet->second.bytes)) {
      taken.push_back({packet->second.bytes, packet->second.expires});
      remove(packet);
    }
    packet = next;
  }
  return taken;
}

/// FLASH is exempt: it waits for nobody but itself, and what it says does not get less urgent.
SendQueue::Drops SendQueue::shed(TimePoint now) {
  Drops drops;
  for (auto id = next_packet(); id; id = next_packet()) {
    const auto found = packets_.find(*id);
    const Packet& packet = found->second;
    if (packet.precedence == Precedence::flash || packet.number) break;
    const bool last = waiting_[index(packet.precedence)].size() == 1;
    if (!codel_[index(packet.precedence)].drops(now, now - packet.since, last)) break;
    drops.push_back({packet.precedence, DropReason::too_late});
    remove(found);
  }
  return drops;
}

std::optional<Precedence> SendQueue::next_precedence() const {
  const auto id = next_packet();
  return id ? std::optional{packets_.at(*id).precedence} : std::nullopt;
}

bool SendQueue::anything_to_send() const { return next_packet().has_value(); }

std::uint64_t SendQueue::oldest() const {
  return under_way_.empty() ? next_number_ : under_way_.begin()->first;
}

bool SendQueue::may_start(const Packet& packet) const {
  return packet.number || packet.reliability == Reliability::best_effort ||
         next_number_ - oldest() < packet_number_span;
}

std::optional<std::uint64_t> SendQueue::next_packet(std::size_t precedence) const {
  for (const std::uint64_t id : waiting_[precedence]) {
    if (may_start(packets_.at(id))) return id;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> SendQueue::next_packet() const {
  for (std::size_t lower = 0; lower < precedence_count; ++lower) {
    if (passed_over_[lower] < limits_.floor_bytes) continue;
    if (const auto id = next_packet(lower)) return id;
  }
  for (std::size_t precedence = precedence_count; precedence-- > 0;) {
    if (const auto id = next_packet(precedence)) return id;
  }
  return std::nullopt;
}

void SendQueue::give_number(std::uint64_t id, Packet& packet) {
  if (packet.number) return;
  if (packet.reliability == Reliability::best_effort) {
    packet.number = next_best_effort_++;
  } else {
    packet.number = next_number_++;
    under_way_[*packet.number] = id;
  }
}

Range SendQueue::next_range(const Packet& packet, std::size_t room, std::size_t whole_bytes) const {
  const bool reliable = packet.reliability == Reliability::reliable;
  const Range first = packet.to_send.ranges().front();
  const std::size_t size = packet.bytes.size();
  // What was split while frames were smaller stays so: its rest must not wait to be whole again.
  if (first == Range{0, size}) {
    if (HopChunk::overhead(reliable, false) + size <= room) return first;
    if (size <= whole_bytes) return {};
  }
  const std::size_t overhead = HopChunk::overhead(reliable, true);
  if (room < overhead + std::min(fragment_bytes_min, first.size())) return {};
  return {first.from, std::min(first.to, first.from + room - overhead)};
}

void SendQueue::fill(HopFrame& frame, std::vector<Piece>& pieces, std::size_t room,
                     std::size_t whole_bytes) {
  std::optional<Precedence> served;
  std::size_t octets = 0;
  while (frame.chunks.size() < hop_chunks_max) {
    const auto id = next_packet();
    if (!id) break;
    Packet& packet = packets_.at(*id);
    const bool reliable = packet.reliability == Reliability::reliable;
    const std::size_t reserved = reliable && !frame.oldest ? hop_oldest_bytes : 0;
    if (room < reserved) break;
    const Range range = next_range(packet, room - reserved, whole_bytes);
    if (range.size() == 0) break;
    give_number(*id, packet);
    if (reliable) frame.oldest = static_cast<std::uint32_t>(oldest());

    HopChunk chunk;
    chunk.reliable = reliable;
    chunk.fragment = range.size() < packet.bytes.size();
    chunk.number = static_cast<std::uint16_t>(*packet.number - (reliable ? oldest() : 0));
    chunk.total = static_cast<std::uint16_t>(packet.bytes.size());
    chunk.at = static_cast<std::uint16_t>(range.from);
    chunk.data = BytesView(packet.bytes).subspan(range.from, range.size());
    chunk.kind = packet.bytes.front();
    frame.chunks.push_back(chunk);
    room -= reserved + HopChunk::overhead(reliable, chunk.fragment) + range.size();
    octets += range.size();
    if (!served || packet.precedence > *served) served = packet.precedence;
    passed_over_[index(packet.precedence)] = 0;

    packet.to_send.remove(range);
    if (packet.to_send.empty()) waiting_[index(packet.precedence)].erase(*id);
    if (reliable) {
      pieces.push_back({*id, range});
    } else if (packet.to_send.empty()) {
      spent_.push_back(*id);
    }
  }
  if (served) account_floor(*served, octets);
}

void SendQueue::account_floor(Precedence served, std::size_t octets) {
  for (std::size_t lower = 0; lower < index(served); ++lower) {
    passed_over_[lower] = waiting_[lower].empty() ? 0 : passed_over_[lower] + octets;
  }
}

void SendQueue::frame_encoded() {
  for (const std::uint64_t id : spent_) erase(id);
  spent_.clear();
}

void SendQueue::arrived(const Piece& piece) {
  const auto found = packets_.find(piece.packet);
  if (found == packets_.end()) return;
  Packet& packet = found->second;
  packet.arrived.add(piece.range);
  packet.to_send.remove(piece.range);
  if (packet.to_send.empty()) waiting_[index(packet.precedence)].erase(piece.packet);
  if (packet.arrived.covers({0, packet.bytes.size()})) remove(found);
}

SendQueue::Drops SendQueue::lost(TimePoint now, const Piece& piece) {
  const auto found = packets_.find(piece.packet);
  if (found == packets_.end()) return {};
  Packet& packet = found->second;
  if (packet.expires && *packet.expires <= now) {
    const Drop drop{packet.precedence, DropReason::expired};
    remove(found);
    return {drop};
  }
  for (const Range& range : packet.arrived.missing_from(piece.range)) {
    packet.to_send.add(range);
    waiting_[index(packet.precedence)].insert(piece.packet);
  }
  return {};
}

void SendQueue::begin_again() {
  for (const auto& [number, id] : under_way_) {
    Packet& packet = packets_.at(id);
    packet.arrived.clear();
    packet.to_send.add({0, packet.bytes.size()});
    waiting_[index(packet.precedence)].insert(id);
  }
}

std::optional<TimePoint> SendQueue::earliest_expiry() const {
  if (expiries_.empty()) return std::nullopt;
  return expiries_.begin()->first;
}

void SendQueue::remove(Packets::iterator found) {
  const auto& [id, packet] = *found;
  waiting_[index(packet.precedence)].erase(id);
  if (packet.expires) expiries_.erase({*packet.expires, id});
  if (packet.reliability == Reliability::reliable && packet.number) {
    under_way_.erase(*packet.number);
  }
  bytes_ -= packet.bytes.size();
  packets_.erase(found);
}

void SendQueue::erase(std::uint64_t id) {
  if (const auto found = packets_.find(id); found != packets_.end()) remove(found);
}

}  // namespace muster::radio
