// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/mesh/on_demand_mesh.hpp"

namespace muster::mesh::test {

/// Nodes on a channel where a frame takes a time, all who are joined hear it, and some do not. Two
/// that are heard at once destroy each other; whoever hears somebody waits.
class OnDemandWorld {
 public:
  static constexpr Duration frame_time = std::chrono::milliseconds{300};

  OnDemandWorld(std::size_t count, double loss, std::uint64_t seed) : loss_(loss), random_(seed) {
    for (std::size_t i = 0; i < count; ++i) names_.add(id(i));
    OnDemandMesh::Limits limits;
    limits.frame = frame_time;
    for (std::size_t i = 0; i < count; ++i)
      nodes_.push_back(std::make_unique<OnDemandMesh>(id(i), names_, limits, seed * 1000 + i));
    on_air_.resize(count);
    frames_.resize(count);
    wait_.resize(count);
    heard_.resize(count);
    joined_.resize(count);
  }

  [[nodiscard]] static NodeId id(std::size_t index) {
    NodeId node;
    node.octets.fill(static_cast<std::uint8_t>(index + 1));
    return node;
  }
  [[nodiscard]] static std::size_t index(const NodeId& node) { return node.octets[0] - 1U; }
  OnDemandMesh& operator[](std::size_t index) { return *nodes_[index]; }

  void join(std::size_t a, std::size_t b) {
    joined_[a].insert(b);
    joined_[b].insert(a);
  }
  void part(std::size_t a, std::size_t b) {
    joined_[a].erase(b);
    joined_[b].erase(a);
  }
  void send(std::size_t from, std::size_t to, std::uint16_t number,
            Precedence precedence = Precedence::routine) {
    OnDemandMesh::Packet packet;
    packet.destination = id(to);
    packet.number = {1, number};
    packet.precedence = precedence;
    packet.payload = Bytes(60, 0x55);
    nodes_[from]->submit(now, std::move(packet));
  }
  void run(Duration time) {
    const TimePoint end = now + time;
    for (; now < end; now += step) pass();
  }

  TimePoint now{};
  std::size_t frames_sent = 0;
  std::size_t octets_sent = 0;
  /// By source and number: how often, and where.
  std::map<std::pair<std::size_t, std::uint16_t>, std::vector<std::size_t>> delivered;
  std::vector<std::pair<std::size_t, bool>> reachable;  ///< as told, of whom

 private:
  static constexpr Duration step = std::chrono::milliseconds{20};
  struct OnAir {
    TimePoint end;
    Bytes frame;
    std::uint32_t number = 0;
    std::set<std::size_t> spoilt;
  };

  void pass() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (on_air_[i] && on_air_[i]->end <= now) arrive(i);
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i]->advance(now);
      drain(i);
      if (!on_air_[i] && nodes_[i]->wants(now)) begin(i);
    }
  }
  /// Listens before it talks, but not to what is hidden from it.
  void begin(std::size_t i) {
    for (const std::size_t other : joined_[i]) {
      if (on_air_[other]) {
        wait_[i] = now + step * static_cast<Duration::rep>(1 + random_.below(10));
        return;
      }
    }
    if (now < wait_[i]) return;
    auto frame = nodes_[i]->take(now);
    ++frames_sent;
    octets_sent += frame.plaintext.size();
    const auto time = frame_time * static_cast<Duration::rep>(20 + frame.plaintext.size()) / 80;
    on_air_[i] = OnAir{now + time, std::move(frame.plaintext), frames_[i]++, {}};
    for (const std::size_t listener : joined_[i]) {
      if (on_air_[listener]) on_air_[i]->spoilt.insert(listener);
      for (const std::size_t other : joined_[listener]) {
        if (other == i || !on_air_[other]) continue;
        on_air_[i]->spoilt.insert(listener);
        on_air_[other]->spoilt.insert(listener);
      }
    }
    wait_[i] = now + time + step * static_cast<Duration::rep>(1 + random_.below(10));
  }
  void arrive(std::size_t from) {
    const OnAir frame = std::move(*on_air_[from]);
    on_air_[from].reset();
    for (const std::size_t listener : joined_[from]) {
      if (frame.spoilt.contains(listener) || random_.unit() < loss_) continue;
      auto& next = heard_[listener][from];
      const std::uint32_t missed = frame.number - next;
      next = frame.number + 1;
      nodes_[listener]->receive(now, id(from), missed, frame.frame);
      drain(listener);
    }
  }
  void drain(std::size_t i) {
    while (auto output = nodes_[i]->poll()) {
      if (const auto* packet = std::get_if<OnDemandMesh::Deliver>(&*output)) {
        delivered[{index(packet->source), packet->packet.number.number}].push_back(i);
      } else if (const auto* change = std::get_if<OnDemandMesh::Reachable>(&*output)) {
        reachable.emplace_back(index(change->node), change->reachable);
      }
    }
  }

  double loss_;
  SeededRandom random_;
  ShortNames names_;
  std::vector<std::unique_ptr<OnDemandMesh>> nodes_;
  std::vector<std::set<std::size_t>> joined_;
  std::vector<std::optional<OnAir>> on_air_;
  std::vector<std::uint32_t> frames_;
  std::vector<std::map<std::size_t, std::uint32_t>> heard_;
  std::vector<TimePoint> wait_;
};

}  // namespace muster::mesh::test
