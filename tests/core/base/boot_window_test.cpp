// SPDX-License-Identifier: Apache-2.0
#include "core/base/boot_window.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

using Verdict = BootWindow::Verdict;

TEST(BootWindow, TakesEachNumberOnceInAnyOrder) {
  BootWindow window;
  EXPECT_EQ(window.judge({1, 5}), Verdict::fresh);
  EXPECT_EQ(window.take({1, 5}), 0u);
  EXPECT_EQ(window.judge({1, 5}), Verdict::repeated);
  EXPECT_EQ(window.take({1, 8}), 2u) << "two were passed over";
  EXPECT_EQ(window.judge({1, 6}), Verdict::fresh);
  EXPECT_EQ(window.take({1, 6}), 0u);
  EXPECT_EQ(window.judge({1, 6}), Verdict::repeated);
  EXPECT_EQ(window.judge({1, 7}), Verdict::fresh);
  window.take({1, 8 + BootWindow::size});
  EXPECT_EQ(window.judge({1, 8}), Verdict::repeated) << "too old to know";
  EXPECT_EQ(window.judge({1, 9}), Verdict::fresh);
}

TEST(BootWindow, LeavesEarlierStartsBehindAndBelievesNoneThatIsFarAhead) {
  BootWindow window;
  window.take({3, 100});
  EXPECT_EQ(window.judge({2, 1000}), Verdict::repeated);
  EXPECT_EQ(window.judge({4, 0}), Verdict::fresh);
  EXPECT_EQ(window.judge({3 + BootWindow::boots_ahead_max + 1, 0}), Verdict::far);
  window.begin_at({500, 7});
  EXPECT_EQ(window.judge({500, 6}), Verdict::repeated);
  EXPECT_EQ(window.judge({500, 7}), Verdict::fresh);
  EXPECT_EQ(window.judge({4, 0}), Verdict::repeated);
}

TEST(BootWindow, KnowsTheWholeNumberByItsLowestOctets) {
  BootWindow window;
  EXPECT_EQ(window.whole(9, 1234), (BootNumber{9, 1234}));
  window.take({0x1fe, 0x2fff0});
  EXPECT_EQ(window.whole(0xfe, 0xfff5), (BootNumber{0x1fe, 0x2fff5}));
  EXPECT_EQ(window.whole(0xfe, 0x0005), (BootNumber{0x1fe, 0x30005}));
  EXPECT_EQ(window.whole(0xfe, 0xff00), (BootNumber{0x1fe, 0x2ff00}));
  EXPECT_EQ(window.whole(0xff, 3), (BootNumber{0x1ff, 3})) << "it has restarted";
  EXPECT_EQ(window.whole(0x01, 3), (BootNumber{0x201, 3}));
}

}  // namespace
}  // namespace muster
