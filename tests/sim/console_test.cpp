// SPDX-License-Identifier: Apache-2.0
#include "sim/console.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Scenario two() {
  Scenario scenario;
  scenario.hosts.push_back({"host-1", {"alice"}, {}, {}, 0, {}, Nat::none});
  scenario.hosts.push_back({"host-2", {"bob"}, {}, {}, 0, {}, Nat::none});
  return scenario;
}

template <typename Event>
Event read(std::string_view line) {
  const auto action = read_console_line(line, two());
  EXPECT_TRUE(action) << action.error().sentence;
  return std::get<Event>(*action);
}

std::string fault(std::string_view line) {
  const auto action = read_console_line(line, two());
  return action ? "no fault" : action.error().sentence;
}

TEST(Console, ReadsCalls) {
  EXPECT_EQ(read<CallEvent>("call alice bob").talk, 20s);
  EXPECT_EQ(read<CallEvent>(" call  bob alice 5s ").talk, 5s);
}

TEST(Console, TakesTheRestOfTheLineAsText) {
  const auto event = read<MessageEvent>("message alice bob  alice and bob, go  ");
  EXPECT_EQ(event.to, "bob");
  EXPECT_EQ(event.text, "alice and bob, go");
}

TEST(Console, ReadsWhatHappensToTheWorld) {
  EXPECT_EQ(read<PartitionEvent>("partition 1 host-2").groups.size(), 2u);
  EXPECT_EQ(read<KillEvent>("kill 1,2").hosts, (std::vector<HostIndex>{0, 1}));
  EXPECT_TRUE(read<RestartEvent>("restart").hosts.empty());
  EXPECT_DOUBLE_EQ(read<LossEvent>("loss 0.3").rate, 0.3);
  (void)read<HealEvent>("heal");
}

TEST(Console, SaysWhatIsWrong) {
  EXPECT_THAT(fault(""), HasSubstr("write: call"));
  EXPECT_THAT(fault("sing"), HasSubstr("write: call"));
  EXPECT_THAT(fault("call alice"), HasSubstr("write: call"));
  EXPECT_THAT(fault("call alice zoe"), HasSubstr("no user zoe"));
  EXPECT_THAT(fault("kill 3"), HasSubstr("no host 3"));
  EXPECT_THAT(fault("loss much"), HasSubstr("no share"));
  EXPECT_THAT(fault("partition 1 1"), HasSubstr("two groups"));
  EXPECT_THAT(fault("call alice bob soon"), HasSubstr("no time"));
}

}  // namespace
}  // namespace muster::sim
