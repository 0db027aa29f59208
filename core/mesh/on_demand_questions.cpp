// SPDX-License-Identifier: Apache-2.0
// Ways: learnt, asked for, told.
#include <algorithm>
#include <utility>

#include "core/mesh/on_demand_mesh.hpp"

namespace muster::mesh {
namespace {

// Waits, in frames of the link.
/// First only the neighbours are asked, who mostly know; then all, twice.
constexpr std::array<double, 3> answered_within{9, 45, 60};
/// Who is nearer answers sooner, and the others then need not.
constexpr double answer_per_hop = 0.7;
constexpr double answer_jitter = 1.5;
constexpr double pass_on_least = 0.5;
constexpr double pass_on_most = 6;

}  // namespace

void OnDemandMesh::learn(TimePoint now, const NodeId& destination, const NodeId& over,
                         WayCost cost) {
  if (destination == self_) return;
  ways_.learn(now, destination, over, cost);
  set_reachable(now, destination, true);
  if (!searches_.contains(destination)) return;
  bool open = false;
  for (auto& [key, carried] : carried_) {
    if (carried.state != State::without_way || carried.packet.destination != destination) continue;
    choose_way(now, key, carried);
    open = open || carried.state == State::without_way;
  }
  if (!open) searches_.erase(destination);
}

void OnDemandMesh::search(TimePoint now, const NodeId& destination) {
  const auto [found, added] = searches_.try_emplace(destination);
  if (added) ask(now, destination, found->second);
}

void OnDemandMesh::ask(TimePoint now, const NodeId& destination, Search& search) {
  ++counters_.questions;
  WayRequest request;
  request.target = destination;
  request.origin = self_;
  request.id = ++last_question_;
  request.hops_left = search.stage == 0 ? std::uint8_t{0} : limits_.question_hops;
  Precedence precedence = Precedence::priority;
  for (const auto& [key, carried] : carried_) {
    if (carried.packet.destination == destination)
      precedence = std::max(precedence, carried.packet.precedence);
  }
  // Else it counts from when it is sent.
  if (!add_control({now, precedence, request}))
    search.due = now + frames(answered_within[search.stage], 1.3 * answered_within[search.stage]);
}

void OnDemandMesh::search_on(TimePoint now) {
  std::vector<NodeId> failed;
  for (auto& [destination, search] : searches_) {
    if (!search.due || *search.due > now) continue;
    search.due.reset();
    if (++search.stage < answered_within.size()) {
      ask(now, destination, search);
    } else {
      failed.push_back(destination);
    }
  }
  for (const NodeId& destination : failed) search_failed(now, destination);
}

void OnDemandMesh::search_failed(TimePoint now, const NodeId& destination) {
  searches_.erase(destination);
  for (auto each = carried_.begin(); each != carried_.end();) {
    const auto here = each++;
    const Carried& carried = here->second;
    if (carried.state != State::without_way || carried.packet.destination != destination) continue;
    ++counters_.no_way;
    if (carried.came_from) say_no_way(now, *carried.came_from, destination);
    carried_.erase(here);
  }
  set_reachable(now, destination, false);
}

bool OnDemandMesh::is_new(const QuestionKey& key) {
  const auto [found, added] = questions_.try_emplace(key, 0U);
  ++found->second;
  if (!added) return false;
  questions_in_order_.push_back(key);
  if (questions_in_order_.size() > limits_.questions_max) {
    questions_.erase(questions_in_order_.front());
    questions_in_order_.pop_front();
  }
  return true;
}

void OnDemandMesh::handle(TimePoint now, const NodeId& from, const WayRequest& request) {
  if (request.origin == self_) return;
  if (request.origin != from) learn(now, request.origin, from, request.cost);
  const QuestionKey key{request.origin, request.target, request.id};
  if (!is_new(key)) {
    if (questions_.at(key) < limits_.copies_enough) return;
    std::erase_if(control_, [&](const Control& waiting) {
      const auto* passed = std::get_if<WayRequest>(&waiting.frame);
      return passed != nullptr && passed->origin == key.origin && passed->target == key.target &&
             passed->id == key.id;
    });
    return;
  }
  WayReply reply{from, request.origin, request.target, request.id, 0};
  if (request.target == self_) {
    add_control({now + frames(0, 1), Precedence::priority, reply});
    return;
  }
  if (const auto way = ways_.best(now, request.target, {from, request.origin})) {
    reply.cost = way->cost;
    const double hops = static_cast<double>(way->cost) / way_cost_unit;
    const double soonest = 1 + hops * answer_per_hop;
    add_control({now + frames(soonest, soonest + answer_jitter), Precedence::priority, reply});
    return;
  }
  const WayCost cost = sum_of(request.cost, ways_.cost_to(from));
  if (request.hops_left == 0 || cost >= way_cost_max) return;
  WayRequest on = request;
  on.cost = cost;
  on.hops_left = std::min<std::uint8_t>(request.hops_left - 1, limits_.question_hops);
  add_control({now + frames(pass_on_least, pass_on_most), Precedence::priority, on});
}

void OnDemandMesh::handle(TimePoint now, const NodeId& from, const WayReply& reply) {
  if (reply.target != from) learn(now, reply.target, from, reply.cost);
  // Somebody else has told as much as we would.
  std::erase_if(control_, [&](const Control& waiting) {
    const auto* ours = std::get_if<WayReply>(&waiting.frame);
    return ours != nullptr && ours->origin == reply.origin && ours->target == reply.target &&
           ours->id == reply.id && reply.cost <= ours->cost + way_cost_unit;
  });
  if (reply.to != self_ || reply.origin == self_) return;
  const auto back = ways_.best(now, reply.origin, {from, reply.target});
  const auto there = ways_.best(now, reply.target);
  if (!back || !there) return;
  add_control({now, Precedence::priority,
               WayReply{back->over, reply.origin, reply.target, reply.id, there->cost}});
}

void OnDemandMesh::handle(TimePoint now, const NodeId& from, const NoWay& said) {
  if (said.to != self_) return;
  ways_.forget(said.destination, from);
  for (auto each = carried_.begin(); each != carried_.end();) {
    const auto here = each++;
    auto& [key, carried] = *here;
    if (carried.packet.destination != said.destination || carried.hop != from ||
        carried.state == State::without_way)
      continue;
    if (!hop_failed(now, key, carried)) carried_.erase(here);
  }
}

void OnDemandMesh::say_no_way(TimePoint now, const NodeId& to, const NodeId& destination) {
  add_control({now, Precedence::routine, NoWay{to, destination}});
}

/// False if there is no room.
bool OnDemandMesh::add_control(Control control) {
  if (control_.size() >= limits_.control_max) {
    ++counters_.no_room;
    return false;
  }
  if (const auto* asked = std::get_if<WayRequest>(&control.frame)) {
    if (asked->origin != self_) ++counters_.passed_on;
  }
  control_.push_back(std::move(control));
  return true;
}

std::deque<OnDemandMesh::Control>::const_iterator OnDemandMesh::next_control(TimePoint now) const {
  auto best = control_.end();
  for (auto each = control_.begin(); each != control_.end(); ++each) {
    if (each->at > now) continue;
    if (best == control_.end() || each->precedence > best->precedence) best = each;
  }
  return best;
}

OnDemandMesh::Frame OnDemandMesh::take_control(TimePoint now,
                                               std::deque<Control>::const_iterator which) {
  const auto frame = which->frame;
  control_.erase(which);
  if (const auto* asked = std::get_if<WayRequest>(&frame); asked != nullptr) {
    const auto search = searches_.find(asked->target);
    if (asked->origin == self_ && search != searches_.end()) {
      const double wait = answered_within[search->second.stage];
      search->second.due = now + frames(wait, wait * 1.3);
    }
  }
  if (std::holds_alternative<WayReply>(frame)) ++counters_.answers;
  return {std::visit([&](const auto& each) { return encode(each, self_, names_); }, frame)};
}

}  // namespace muster::mesh
