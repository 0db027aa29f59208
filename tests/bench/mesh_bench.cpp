// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "core/mesh/router.hpp"
#include "node/mesh_stack.hpp"
#include "tests/security/end_to_end_world.hpp"
#include "tests/security/session_world.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using security::Key32;

NodeId node_id(std::uint8_t number) {
  NodeId id;
  id.octets = {number};
  return id;
}

/// Mesh stacks in a row, each heard by the next, joined by wires without loss or delay.
class Row {
 public:
  explicit Row(std::uint8_t nodes) {
    for (std::uint8_t i = 0; i < nodes; ++i) {
      const Key32 noise{0, i, 1};
      const Key32 signing{i, 1};
      const security::OwnPrekey prekey{1, security::Secret32{Key32{0, i, 2}}};
      directory_.signing_keys[node_id(i)] = security::ed25519_public(signing);
      directory_.prekeys[node_id(i)] = {1, security::x25519_public(prekey.private_key.octets)};
      const Bytes certificate(500, i);
      authority_.issue(certificate, i, noise);
      verifiers_.push_back(std::make_unique<security::test::PaperVerifier>(authority_));
      const MeshStack::Identity identity{
          {node_id(i), certificate, noise, Key32{9}, 1}, signing, prekey};
      stacks_.push_back(std::make_unique<MeshStack>(identity, *verifiers_[i], directory_, random_,
                                                    i + 1, Neighbours::Limits{}, nullptr));
    }
    for (auto& stack : stacks_) {
      stack->neighbours().link_up(now_, LinkId{0}, 1400);
      stack->settle(now_);
    }
  }

  /// False if the ends do not reach each other in time.
  bool meet() {
    const TimePoint end = now_ + 60s;
    while (now_ < end && !stacks_.front()->router().next_hop(node_id(last()))) pass(10ms);
    pass(2s);
    return stacks_.front()->router().next_hop(node_id(last())).has_value();
  }
  void send(BytesView packet) {
    stacks_.front()->send_media(now_, node_id(last()), packet, now_ + 400ms);
    carry();
    now_ += 1ms;
    for (auto& stack : stacks_) stack->advance(now_);
    carry();
  }
  void pass(Duration step) {
    now_ += step;
    for (auto& stack : stacks_) stack->advance(now_);
    carry();
  }
  std::uint64_t arrived = 0;

 private:
  [[nodiscard]] std::uint8_t last() const { return static_cast<std::uint8_t>(stacks_.size() - 1); }
  void carry() {
    for (bool more = true; more;) {
      more = false;
      for (std::uint8_t i = 0; i <= last(); ++i) {
        while (auto output = stacks_[i]->poll()) {
          more = true;
          if (const auto* const frame = std::get_if<Neighbours::SendFrame>(&*output)) {
            transmit(i, *frame);
          } else if (std::holds_alternative<MeshStack::MediaArrived>(*output)) {
            ++arrived;
          }
        }
      }
    }
  }
  void transmit(std::uint8_t from, const Neighbours::SendFrame& frame) {
    for (const int step : {-1, 1}) {
      const int to = from + step;
      if (to < 0 || to > last()) continue;
      if (frame.to && frame.to->octets.at(0) != to) continue;
      MeshStack& stack = *stacks_[static_cast<std::size_t>(to)];
      stack.neighbours().receive(now_, {LinkId{0}, LinkAddress{{from}}}, frame.datagram);
      stack.settle(now_);
    }
  }

  security::test::PaperAuthority authority_;
  security::test::SharedDirectory directory_;
  test::SeededTestRandom random_{1};
  TimePoint now_{100s};
  std::vector<std::unique_ptr<security::test::PaperVerifier>> verifiers_;
  std::vector<std::unique_ptr<MeshStack>> stacks_;
};

/// A voice packet of 172 octets from the first node to the last: sealed end to end, routed, and on
/// every hop queued, framed, sealed, opened and acknowledged. Time of all nodes together.
void MeshMediaPacket(benchmark::State& state) {
  Row row(static_cast<std::uint8_t>(state.range(0) + 1));
  if (!row.meet()) state.SkipWithError("the ends did not meet");
  const Bytes packet(172, 7);
  for (auto _ : state) row.send(packet);
  state.counters["arrived"] =
      static_cast<double>(row.arrived) / static_cast<double>(state.iterations());
}
BENCHMARK(MeshMediaPacket)->ArgName("hops")->Arg(1)->Arg(2)->Arg(3)->Arg(4);

/// A router with eight neighbours hears of 36 destinations by one of them, each time anew.
void RouterHearsUpdates(benchmark::State& state) {
  mesh::Router router(node_id(0), 1, {}, 1);
  TimePoint now{1s};
  for (std::uint8_t i = 1; i <= 8; ++i) router.neighbour_up(now, node_id(i), 256);
  mesh::RouteMessage message;
  message.boot = 1;
  message.is_newest = true;
  for (std::uint8_t i = 0; i < 36; ++i) {
    message.updates.push_back({node_id(static_cast<std::uint8_t>(100 + i)), {{1, 1}, 300}});
  }
  for (auto _ : state) {
    message.after = message.upto++;
    for (auto& update : message.updates) ++update.distance.version.seqno;
    const Bytes bytes = mesh::encode(message);
    for (std::uint8_t from = 1; from <= 8; ++from) router.receive(now, node_id(from), bytes);
    now += 100ms;
    router.advance(now);
    while (auto output = router.poll()) benchmark::DoNotOptimize(output);
  }
  state.counters["updates_per_s"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * 36 * 8, benchmark::Counter::kIsRate);
}
BENCHMARK(RouterHearsUpdates);

}  // namespace
}  // namespace muster::node
