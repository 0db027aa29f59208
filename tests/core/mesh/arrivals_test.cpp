// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/arrivals.hpp"

namespace muster::mesh {
namespace {

using namespace std::chrono_literals;
using Verdict = Arrivals::Verdict;

const TimePoint start{1s};

class ArrivalsFromZero : public ::testing::Test {
 protected:
  Verdict hear(TimePoint now, std::uint32_t number, std::uint32_t floor = 0) {
    const std::string text = std::to_string(number);
    return arrivals.receive(now, {Precedence::routine, 1, number, floor, 0, as_bytes(text)});
  }
  std::string out() {
    std::string all;
    while (auto message = arrivals.poll()) all += std::string{as_text(*message)} + " ";
    return all;
  }
  Arrivals arrivals{{}, 0};
};

TEST_F(ArrivalsFromZero, AreLetOutAtOnceInOrder) {
  EXPECT_EQ(hear(start, 0), Verdict::fresh);
  EXPECT_EQ(hear(start, 1), Verdict::fresh);
  EXPECT_EQ(out(), "0 1 ");
  EXPECT_EQ(arrivals.below(), 2u);
}

TEST_F(ArrivalsFromZero, AreLetOutOnce) {
  EXPECT_EQ(hear(start, 0), Verdict::fresh);
  EXPECT_EQ(hear(start, 0), Verdict::duplicate);
  EXPECT_EQ(hear(start, 5), Verdict::fresh);
  EXPECT_EQ(hear(start, 5), Verdict::duplicate);
  arrivals.advance(start + 1s);
  EXPECT_EQ(out(), "0 5 ");
}

TEST_F(ArrivalsFromZero, WaitShortlyForTheOneOvertaken) {
  hear(start, 1);
  EXPECT_EQ(out(), "");
  EXPECT_EQ(arrivals.deadline(), start + 200ms);
  hear(start + 150ms, 0);
  EXPECT_EQ(out(), "0 1 ");
  EXPECT_FALSE(arrivals.deadline());
}

TEST_F(ArrivalsFromZero, AreNotBlockedByOneThatIsLost) {
  hear(start, 1);
  hear(start + 100ms, 2);
  arrivals.advance(start + 200ms);
  EXPECT_EQ(out(), "1 2 ");
  EXPECT_EQ(hear(start + 300ms, 0), Verdict::fresh);
  EXPECT_EQ(out(), "0 ");
}

TEST_F(ArrivalsFromZero, DoNotWaitForWhatTheSenderGaveUp) {
  hear(start, 2);
  EXPECT_EQ(out(), "");
  hear(start + 10ms, 3, 2);
  EXPECT_EQ(out(), "2 3 ");
  EXPECT_EQ(hear(start + 20ms, 1), Verdict::duplicate);
}

TEST_F(ArrivalsFromZero, TellWhichHaveCome) {
  for (const std::uint32_t number : {0u, 1u, 3u, 5u, 66u}) hear(start, number);
  EXPECT_EQ(arrivals.below(), 2u);
  EXPECT_EQ(arrivals.map(), 0b1010u);
}

TEST_F(ArrivalsFromZero, RefuseWhatIsFarAhead) {
  EXPECT_EQ(hear(start, 1024), Verdict::outside_window);
  EXPECT_EQ(hear(start, 1023), Verdict::fresh);
}

TEST_F(ArrivalsFromZero, HoldNoMoreThanTheLimit) {
  for (std::uint32_t number = 1; number <= 65; ++number) hear(start, number);
  EXPECT_EQ(out().substr(0, 8), "1 2 3 4 ");
}

}  // namespace
}  // namespace muster::mesh
