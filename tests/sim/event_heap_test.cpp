// SPDX-License-Identifier: Apache-2.0
#include "sim/event_heap.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/seeded_random.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

TEST(EventHeap, GivesTheEarliestFirst) {
  EventHeap<int> heap;
  heap.push(TimePoint{3s}, 3);
  heap.push(TimePoint{1s}, 1);
  heap.push(TimePoint{2s}, 2);
  EXPECT_EQ(heap.next(), TimePoint{1s});
  EXPECT_EQ(heap.pop().what, 1);
  EXPECT_EQ(heap.pop().what, 2);
  EXPECT_EQ(heap.pop().what, 3);
  EXPECT_FALSE(heap.next());
}

TEST(EventHeap, KeepsTheOrderOfWhatIsDueAtTheSameTime) {
  EventHeap<int> heap;
  for (int i = 0; i < 100; ++i) heap.push(TimePoint{1s}, i);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(heap.pop().what, i);
}

TEST(EventHeap, AgreesWithASortedListUnderPushesAndPopsInAnyOrder) {
  EventHeap<std::uint64_t> heap;
  std::vector<std::uint64_t> sorted;
  SeededRandom random(1);
  for (int i = 0; i < 5000; ++i) {
    if (sorted.empty() || random.below(3) != 0) {
      const auto time = random.below(1000);
      heap.push(TimePoint{Duration{static_cast<std::int64_t>(time)}}, time);
      sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), time), time);
    } else {
      ASSERT_EQ(heap.pop().what, sorted.front());
      sorted.erase(sorted.begin());
    }
    ASSERT_EQ(heap.size(), sorted.size());
  }
}

}  // namespace
}  // namespace muster::sim
