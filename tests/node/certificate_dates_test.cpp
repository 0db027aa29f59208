// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/field_network.hpp"

namespace muster::test {
namespace {

using namespace std::chrono_literals;

struct Clock final : ports::WallClock {
  [[nodiscard]] std::int64_t unix_s() const override { return shows; }
  std::int64_t shows = 0;
};

std::uint64_t out_of_date(const FieldNetwork& net, std::size_t node) {
  const auto counters = net.status(node).counters;
  const auto found = std::find_if(counters.begin(), counters.end(), [](const auto& counter) {
    return counter.name == "certificates.out_of_date";
  });
  return found == counters.end() ? 0 : found->value;
}

/// One of two nodes starts anew with a clock that shows `unix_s`, and sees the other.
void restart_at(FieldNetwork& net, Clock& clock, std::int64_t unix_s) {
  clock.shows = unix_s;
  net.wall_clock = &clock;
  net.kill(0);
  net.notes.clear();
  net.start(0);
  EXPECT_TRUE(net.run_until([&] { return net.converged(); }, 1min));
}

TEST(CertificateDates, AreCountedAndSaidOnceByANodeWhoseClockIsWrongAndKeepNobodyOut) {
  FieldNetwork net(2, 1, {.loss = 0});
  net.chain();
  ASSERT_TRUE(net.run_until([&] { return net.converged(); }, 1min));
  Clock clock;
  restart_at(net, clock, 0);
  EXPECT_GE(out_of_date(net, 0), 2U);
  EXPECT_THAT(net.notes, testing::Contains(testing::HasSubstr("host-1 has not begun")));
  restart_at(net, clock, 40'000'000'000);
  EXPECT_GE(out_of_date(net, 0), 2U);
  EXPECT_THAT(net.notes, testing::Contains(testing::HasSubstr("host-1 has ended")));
  EXPECT_EQ(out_of_date(net, 1), 0U);
}

TEST(CertificateDates, OfAClockThatIsRightAreNoMatter) {
  FieldNetwork net(2, 1, {.loss = 0});
  net.chain();
  Clock clock;
  const auto own = security::read_certificate(net.overlay.kits[0].node_certificate_der);
  ASSERT_TRUE(own);
  restart_at(net, clock, own->validity.not_after);
  EXPECT_EQ(out_of_date(net, 0), 0U);
  EXPECT_THAT(net.notes, testing::Not(testing::Contains(testing::HasSubstr("clock"))));
}

}  // namespace
}  // namespace muster::test
