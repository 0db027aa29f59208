// SPDX-License-Identifier: Apache-2.0
// Packets: from hop to hop until they arrive.
#include "core/mesh/on_demand_mesh.hpp"

#include <algorithm>
#include <utility>

namespace muster::mesh {
namespace {

// Waits, in frames of the link.
/// Until the next node was heard to pass a packet on: it may have to let others speak first.
constexpr double passed_on_within = 5;
constexpr double passed_on_jitter = 3;
constexpr double again_factor = 1.6;
/// The last node waits with its acknowledgement for something else to say to the same neighbour.
constexpr double answer_first = 1.5;
constexpr double carried_for = 500;
constexpr double unreachable_for = 200;  ///< twice as long each further time, up to
constexpr unsigned unreachable_doublings_max = 3;

/// A packet that comes back at so much more cost has gone round.
constexpr unsigned gone_round = 2 * way_cost_unit;

HopTag tag_of(const NodeId& source, const PacketNumber& number, std::uint8_t part) {
  const unsigned name = unsigned{source.octets[0]} << 8 | source.octets[1];
  const unsigned mixed =
      number.number ^ name ^ unsigned { number.boot } << 4 ^ unsigned { part } << 12;
  return static_cast<HopTag>(mixed);
}

}  // namespace

OnDemandMesh::OnDemandMesh(const NodeId& self, const ShortNames& names, Limits limits,
                           std::uint64_t seed)
    : self_(self), names_(names), limits_(limits), random_(seed), ways_(limits.ways) {}

Duration OnDemandMesh::frames(double least, double most) {
  const double count = least + (most - least) * random_.unit();
  return Duration{static_cast<Duration::rep>(static_cast<double>(limits_.frame.count()) * count)};
}

void OnDemandMesh::submit(TimePoint now, Packet packet) {
  if (carried_.size() >= limits_.carried_max) {
    ++counters_.no_room;
    return;
  }
  ++counters_.submitted;
  const Key key{self_, packet.number, packet.part};
  Carried carried;
  carried.packet = std::move(packet);
  carried.since = now;
  choose_way(now, key, carried_.insert_or_assign(key, std::move(carried)).first->second);
}

void OnDemandMesh::announce(TimePoint now, const Announcement& announcement) {
  add_control({now, Precedence::routine, announcement});
}

void OnDemandMesh::receive(TimePoint now, const NodeId& from, std::uint32_t missed,
                           BytesView plaintext) {
  const auto frame = decode_on_demand_frame(plaintext, from, names_);
  if (!frame) {
    ++(frame.error() == OnDemandFrameError::malformed ? counters_.malformed
                                                      : counters_.unknown_names);
    return;
  }
  ways_.heard(now, from, missed);
  learn(now, from, from, 0);
  if (const auto* said = std::get_if<Announcement>(&*frame)) {
    outputs_.push_back(Announced{from, *said});
  } else {
    std::visit(
        [&](const auto& each) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(each)>, Announcement>)
            handle(now, from, each);
        },
        *frame);
  }
  advance(now);
}

void OnDemandMesh::handle(TimePoint now, const NodeId& from, const CarriedPacket& packet) {
  if (packet.source != self_ && packet.source != from) learn(now, packet.source, from, packet.cost);
  if (packet.destination != packet.to && packet.destination != self_) {
    // Whoever sends it here has no way there that leads elsewhere.
    if (packet.to == self_) {
      ways_.forget(packet.destination, from);
    } else {
      learn(now, packet.destination, from, packet.to_go);
    }
  }
  if (packet.to != self_) return overheard(from, packet);
  if (packet.acknowledges) acknowledged(from, *packet.acknowledges);
  take_packet(now, from, packet);
}

/// Somebody passes a packet on: whoever gave it to him need not again.
void OnDemandMesh::overheard(const NodeId& from, const CarriedPacket& packet) {
  const auto found = carried_.find({packet.source, packet.number, packet.part});
  if (found == carried_.end() || found->second.state == State::without_way) return;
  const Carried& ours = found->second;
  // By the next hop, or by one behind it whose predecessor was not heard.
  const bool beyond = packet.cost > ours.cost && from != ours.came_from && ours.tries > 0;
  if (from != ours.hop && !beyond) return;
  if (ours.tries > 0) ways_.sent(ours.hop, true);
  carried_.erase(found);
}

void OnDemandMesh::take_packet(TimePoint now, const NodeId& from, const CarriedPacket& packet) {
  const Key key{packet.source, packet.number, packet.part};
  if (packet.source == self_ || seen_.contains(key)) return came_again(now, from, packet);
  const HopTag tag = tag_of(packet.source, packet.number, packet.part);
  const WayCost cost = sum_of(packet.cost, ways_.cost_to(from));
  Packet kept{packet.destination, packet.number, packet.upper,     packet.precedence,
              packet.brief,       packet.part,   packet.last_part, to_bytes(packet.payload)};
  if (packet.destination == self_) {
    remember(key, {from, cost});
    ++counters_.delivered;
    acknowledge(now, from, tag, now + frames(answer_first, answer_first));
    outputs_.push_back(Deliver{packet.source, std::move(kept)});
    return;
  }
  if (carried_.size() >= limits_.carried_max || cost >= way_cost_max) {
    ++counters_.no_room;
    return;
  }
  remember(key, {from, cost});
  ++counters_.forwarded;
  Carried carried;
  carried.packet = std::move(kept);
  carried.came_from = from;
  carried.cost = cost;
  carried.since = now;
  Carried& placed = carried_.insert_or_assign(key, std::move(carried)).first->second;
  choose_way(now, key, placed);
  // It is not heard to be passed on so soon.
  if (placed.state == State::without_way) acknowledge(now, from, tag, now);
}

/// Sent again because our own frame was not heard; or it has gone round.
void OnDemandMesh::came_again(TimePoint now, const NodeId& from, const CarriedPacket& packet) {
  ++counters_.repeated;
  const Key key{packet.source, packet.number, packet.part};
  const auto seen = seen_.find(key);
  const bool round =
      packet.source == self_ || (packet.destination != self_ && from != seen->second.from &&
                                 packet.cost >= seen->second.cost + gone_round);
  if (!round) return acknowledge(now, from, tag_of(packet.source, packet.number, packet.part), now);
  ++counters_.looped;
  ways_.forget(packet.destination, from);
  say_no_way(now, from, packet.destination);
  const auto carried = carried_.find(key);
  if (carried == carried_.end() || carried->second.hop != from) return;
  if (!hop_failed(now, key, carried->second)) carried_.erase(key);
}

void OnDemandMesh::handle(TimePoint, const NodeId& from, const HopAcknowledgement& said) {
  if (said.to != self_) return;
  for (const HopTag tag : said.tags) acknowledged(from, tag);
}

void OnDemandMesh::acknowledged(const NodeId& by, HopTag tag) {
  const auto found = std::ranges::find_if(carried_, [&](const auto& each) {
    const auto& [key, carried] = each;
    return carried.hop == by && carried.tries > 0 &&
           tag_of(key.source, key.number, key.part) == tag;
  });
  if (found == carried_.end()) return;
  ways_.sent(by, true);
  carried_.erase(found);
}

void OnDemandMesh::acknowledge(TimePoint, const NodeId& to, HopTag tag, TimePoint at) {
  const auto [found, added] = acknowledging_.try_emplace(to, Acknowledging{at, {}});
  auto& [due, tags] = found->second;
  due = std::min(due, at);
  if (std::ranges::find(tags, tag) != tags.end()) return;
  if (tags.size() < HopAcknowledgement::tags_max) tags.push_back(tag);
}

void OnDemandMesh::remember(const Key& key, const Seen& seen) {
  if (seen_in_order_.size() >= limits_.seen_max) {
    seen_.erase(seen_in_order_.front());
    seen_in_order_.pop_front();
  }
  if (seen_.insert_or_assign(key, seen).second) seen_in_order_.push_back(key);
}

void OnDemandMesh::choose_way(TimePoint now, const Key& key, Carried& carried) {
  auto without = carried.tried;
  if (carried.came_from) without.insert(*carried.came_from);
  without.insert(key.source);
  const auto way = ways_.best(now, carried.packet.destination, without);
  carried.tries = 0;
  carried.due.reset();
  if (way) {
    carried.hop = way->over;
    carried.to_go = way->cost;
    carried.state = State::waits_to_be_sent;
    return;
  }
  carried.state = State::without_way;
  search(now, carried.packet.destination);
}

/// False if there is nobody else to try: it is to be dropped.
bool OnDemandMesh::hop_failed(TimePoint now, const Key& key, Carried& carried) {
  const NodeId destination = carried.packet.destination;
  ways_.forget(destination, carried.hop);
  carried.tried.insert(carried.hop);
  if (carried.tried.size() >= limits_.hops_tried_max) {
    ++counters_.gave_up;
    if (carried.came_from) {
      say_no_way(now, *carried.came_from, destination);
    } else {
      set_reachable(now, destination, false);
    }
    return false;
  }
  ++counters_.rerouted;
  choose_way(now, key, carried);
  return true;
}

void OnDemandMesh::set_reachable(TimePoint now, const NodeId& node, bool reachable) {
  if (reachable) {
    const auto former = unreachable_.extract(node);
    if (!former.empty() && former.mapped().until) outputs_.push_back(Reachable{node, true});
    return;
  }
  Unreachable& out = unreachable_[node];
  if (!out.until) outputs_.push_back(Reachable{node, false});
  const double longer = 1U << std::min(out.times, unreachable_doublings_max);
  ++out.times;
  out.until = now + frames(unreachable_for * longer, unreachable_for * 1.5 * longer);
}

void OnDemandMesh::advance(TimePoint now) {
  send_again(now);
  search_on(now);
  for (auto& [node, out] : unreachable_) {
    if (!out.until || *out.until > now) continue;
    out.until.reset();
    outputs_.push_back(Reachable{node, true});
  }
}

void OnDemandMesh::send_again(TimePoint now) {
  const Duration longest = frames(carried_for, carried_for);
  for (auto each = carried_.begin(); each != carried_.end();) {
    const auto here = each++;
    auto& [key, carried] = *here;
    if (now - carried.since >= longest) {
      ++counters_.gave_up;
      carried_.erase(here);
      continue;
    }
    if (carried.state != State::sent || !carried.due || *carried.due > now) continue;
    ways_.sent(carried.hop, false);
    if (carried.tries < limits_.tries_max) {
      ++counters_.sent_again;
      carried.state = State::waits_to_be_sent;
      carried.due.reset();
    } else if (!hop_failed(now, key, carried)) {
      carried_.erase(here);
    }
  }
}

std::map<OnDemandMesh::Key, OnDemandMesh::Carried>::const_iterator OnDemandMesh::next_packet()
    const {
  auto best = carried_.end();
  const auto before = [](const Carried& a, const Carried& b) {
    if (a.packet.precedence != b.packet.precedence)
      return a.packet.precedence > b.packet.precedence;
    // What others have sent is finished first: they wait to hear it.
    if (a.came_from.has_value() != b.came_from.has_value()) return a.came_from.has_value();
    return a.since < b.since;
  };
  for (auto each = carried_.begin(); each != carried_.end(); ++each) {
    if (each->second.state != State::waits_to_be_sent) continue;
    if (best == carried_.end() || before(each->second, best->second)) best = each;
  }
  return best;
}

std::optional<Precedence> OnDemandMesh::wants(TimePoint now) const {
  std::optional<Precedence> highest;
  const auto want = [&](Precedence precedence) {
    if (!highest || precedence > *highest) highest = precedence;
  };
  for (const auto& [to, acks] : acknowledging_) {
    if (acks.at <= now) want(Precedence::immediate);
  }
  if (const auto control = next_control(now); control != control_.end()) want(control->precedence);
  if (const auto packet = next_packet(); packet != carried_.end())
    want(packet->second.packet.precedence);
  return highest;
}

OnDemandMesh::Frame OnDemandMesh::take(TimePoint now) {
  const Precedence wanted = *wants(now);
  const auto packet = next_packet();
  if (packet != carried_.end() && packet->second.packet.precedence == wanted) {
    const Key key = packet->first;
    return take_carried(now, carried_.at(key), key);
  }
  for (auto each = acknowledging_.begin(); each != acknowledging_.end(); ++each) {
    if (each->second.at > now || wanted != Precedence::immediate) continue;
    Frame frame{encode(HopAcknowledgement{each->first, each->second.tags}, self_, names_)};
    acknowledging_.erase(each);
    return frame;
  }
  return take_control(now, next_control(now));
}

OnDemandMesh::Frame OnDemandMesh::take_carried(TimePoint now, Carried& carried, const Key& key) {
  const Packet& packet = carried.packet;
  CarriedPacket said{carried.hop,   key.source,        packet.destination, packet.number,
                     packet.upper,  packet.precedence, packet.brief,       carried.cost,
                     carried.to_go, packet.part,       packet.last_part,   {},
                     packet.payload};
  const auto acks = acknowledging_.find(carried.hop);
  if (acks != acknowledging_.end() && !acks->second.tags.empty()) {
    said.acknowledges = acks->second.tags.front();
    acks->second.tags.erase(acks->second.tags.begin());
    if (acks->second.tags.empty()) acknowledging_.erase(acks);
  }
  // To have it passed on is the next node's acknowledgement to us, and ours to the one before.
  if (carried.came_from) {
    const HopTag tag = tag_of(key.source, key.number, key.part);
    const auto before = acknowledging_.find(*carried.came_from);
    if (before != acknowledging_.end()) {
      std::erase(before->second.tags, tag);
      if (before->second.tags.empty()) acknowledging_.erase(before);
    }
  }
  double longer = 1;
  for (unsigned i = 0; i < carried.tries; ++i) longer *= again_factor;
  carried.state = State::sent;
  ++carried.tries;
  carried.due =
      now + frames(passed_on_within * longer, (passed_on_within + passed_on_jitter) * longer);
  return {encode(said, self_, names_), true, packet.payload.size()};
}

std::optional<OnDemandMesh::Output> OnDemandMesh::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> OnDemandMesh::deadline(TimePoint now) const {
  std::optional<TimePoint> due;
  const auto carried_longest = Duration{
      static_cast<Duration::rep>(static_cast<double>(limits_.frame.count()) * carried_for)};
  for (const auto& [key, carried] : carried_) {
    due = earlier(due, carried.due);
    due = earlier(due, carried.since + carried_longest);
  }
  // What could be sent now waits for the link.
  for (const auto& [to, acks] : acknowledging_) {
    if (acks.at > now) due = earlier(due, acks.at);
  }
  for (const auto& control : control_) {
    if (control.at > now) due = earlier(due, control.at);
  }
  for (const auto& [node, search] : searches_) due = earlier(due, search.due);
  for (const auto& [node, out] : unreachable_) due = earlier(due, out.until);
  return due;
}

}  // namespace muster::mesh
