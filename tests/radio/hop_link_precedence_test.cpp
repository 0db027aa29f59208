// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "radio/hop_link.hpp"
#include "tests/radio/simulated_hop.hpp"

namespace muster::radio {
namespace {

using namespace std::chrono_literals;
using testing::number_of;
using testing::numbered_packet;
using testing::SimulatedHop;

/// Keeps `octets` of that precedence waiting at end 0, numbered from `first` on.
class Flood {
 public:
  Flood(SimulatedHop& hop, Precedence precedence, std::uint32_t first)
      : hop_(hop), precedence_(precedence), next_(first) {
    feed();
  }

 private:
  void feed() {
    for (int i = 0; i < 20; ++i) {
      if (hop_[0].link.quality().queue_bytes > 300'000) break;
      hop_.submit(0, numbered_packet(next_++, 1000), precedence_);
    }
    hop_.at(hop_.now() + 10ms, [this] { feed(); });
  }

  SimulatedHop& hop_;
  Precedence precedence_;
  std::uint32_t next_;
};

TEST(HopLinkPrecedence, FlashOvertakesARoutineBacklog) {
  for (const double loss : {0.0, 0.3}) {
    SimulatedHop hop({.loss = loss, .bits_per_second = 1e6}, 3);
    hop.run_for(1s);
    for (std::uint32_t i = 0; i < 200; ++i) hop.submit(0, numbered_packet(i, 1000));
    hop.run_for(500ms);
    const TimePoint submitted = hop.now();
    hop.submit(0, numbered_packet(999, 300), Precedence::flash);
    const bool arrived = hop.run_until(1s, [&] {
      return std::any_of(hop[1].delivered.begin(), hop[1].delivered.end(),
                         [](const Bytes& packet) { return number_of(packet) == 999; });
    });
    EXPECT_TRUE(arrived);
    EXPECT_LT(hop.now() - submitted, 250ms);
    EXPECT_LT(hop[1].delivered.size(), 150U) << "there was no backlog left to overtake";
  }
}

TEST(HopLinkPrecedence, RoutineKeepsAFloorUnderAFloodOfFlash) {
  SimulatedHop hop({.loss = 0.2, .bits_per_second = 2e6}, 3);
  hop.run_for(1s);
  for (std::uint32_t i = 0; i < 30; ++i) hop.submit(0, numbered_packet(1'000'000 + i, 1000));
  const Flood flood(hop, Precedence::flash, 0);
  hop.run_for(10s);
  const auto routine =
      std::count_if(hop[1].delivered.begin(), hop[1].delivered.end(),
                    [](const Bytes& packet) { return number_of(packet) >= 1'000'000; });
  const double share = static_cast<double>(routine) / static_cast<double>(hop[1].delivered.size());
  EXPECT_EQ(routine, 30);
  EXPECT_LT(share, 0.1);
}

TEST(HopLinkPrecedence, EveryLowerClassHasItsOwnFloor) {
  SimulatedHop hop({.bits_per_second = 2e6}, 3);
  hop.run_for(1s);
  for (std::uint32_t i = 0; i < 10; ++i) {
    hop.submit(0, numbered_packet(1'000'000 + i, 1000), Precedence::routine);
    hop.submit(0, numbered_packet(2'000'000 + i, 1000), Precedence::priority);
    hop.submit(0, numbered_packet(3'000'000 + i, 1000), Precedence::immediate);
  }
  const Flood flood(hop, Precedence::flash, 0);
  hop.run_for(5s);
  const auto lower =
      std::count_if(hop[1].delivered.begin(), hop[1].delivered.end(),
                    [](const Bytes& packet) { return number_of(packet) >= 1'000'000; });
  EXPECT_EQ(lower, 30);
}

}  // namespace
}  // namespace muster::radio
