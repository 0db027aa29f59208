// SPDX-License-Identifier: Apache-2.0
#include "radio/hop_link.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/radio/simulated_hop.hpp"

namespace muster::radio {
namespace {

using namespace std::chrono_literals;
using testing::number_of;
using testing::numbered_packet;
using testing::SimulatedHop;

TEST(HopLink, DeliversAPacketToTheNeighbour) {
  SimulatedHop hop({}, 1);
  hop.submit(0, numbered_packet(7, 500));
  hop.run_for(100ms);
  ASSERT_EQ(hop[1].delivered.size(), 1U);
  EXPECT_EQ(hop[1].delivered[0], numbered_packet(7, 500));
}

class HopLinkUnderLoss : public ::testing::TestWithParam<std::tuple<double, std::uint64_t>> {};

TEST_P(HopLinkUnderLoss, DeliversEveryReliablePacketExactlyOnceBothWays) {
  const auto [loss, seed] = GetParam();
  SCOPED_TRACE(::testing::Message() << "loss " << loss << ", seed " << seed);
  SimulatedHop hop({.loss = loss, .duplication = 0.05, .jitter = 4ms, .bits_per_second = 6e6},
                   seed);
  SeededRandom random(seed);
  const std::uint32_t count = 120;
  std::array<std::map<std::uint32_t, Bytes>, 2> sent;
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::size_t end : {0, 1}) {
      const std::size_t size =
          random.below(5) == 0 ? 4 + random.below(20000) : 4 + random.below(900);
      const auto precedence = static_cast<Precedence>(random.below(4));
      const Bytes packet = numbered_packet(i, size);
      sent[end][i] = packet;
      hop.at(SimulatedHop::start + i * 20ms,
             [&hop, end, packet, precedence] { hop.submit(end, packet, precedence); });
    }
  }
  const bool all = hop.run_until(
      120s, [&] { return hop[0].delivered.size() >= count && hop[1].delivered.size() >= count; });
  EXPECT_TRUE(all) << hop[0].delivered.size() << " and " << hop[1].delivered.size();
  hop.run_for(3s);
  for (std::size_t end : {0, 1}) {
    std::map<std::uint32_t, Bytes> got;
    for (const Bytes& packet : hop[1 - end].delivered) got[number_of(packet)] = packet;
    EXPECT_EQ(hop[1 - end].delivered.size(), count);
    EXPECT_TRUE(got == sent[end]);
    EXPECT_EQ(hop[end].link.quality().queue_bytes, 0U);
    EXPECT_TRUE(hop[end].dropped.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Loss, HopLinkUnderLoss,
                         ::testing::Combine(::testing::Values(0.0, 0.2, 0.3, 0.5),
                                            ::testing::Range<std::uint64_t>(1, 16)));

}  // namespace
}  // namespace muster::radio
