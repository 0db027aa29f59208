// SPDX-License-Identifier: Apache-2.0
#include "sim/recorder.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/scenario_reader.hpp"
#include "sim/simulation.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view drill = R"(
[scenario]
name = "chain"
duration = "60s"
[medium]
bitrate = "6Mbit/s"
loss = { rate = 0.10 }
[hosts]
count = 3
layout = "chain"
[[event]]
at = "10s"
do = "partition"
groups = [[1, 2], [3]]
[[event]]
at = "12s"
do = "message"
from = "alice"
to = "carol"
text = "wait for us"
[[event]]
at = "25s"
do = "heal"
[[event]]
at = "45s"
do = "call"
from = "alice"
to = "bob"
talk = "2s"
[[event]]
at = "55s"
do = "kill"
hosts = [2]
)";

class Memory final : public Recorder, public FrameTap {
 public:
  void record(Duration since_start, const Item& item) override {
    items.emplace_back(since_start, item);
  }
  [[nodiscard]] Duration period() const override { return 500ms; }
  void frame(Duration, HostIndex, std::optional<HostIndex>, BytesView) override { ++frames; }

  /// The times and values of all items of one kind.
  template <typename T>
  [[nodiscard]] std::vector<std::pair<Duration, T>> all() const {
    std::vector<std::pair<Duration, T>> found;
    for (const auto& [time, item] : items) {
      if (const auto* value = std::get_if<T>(&item)) found.emplace_back(time, *value);
    }
    return found;
  }

  std::vector<std::pair<Duration, Item>> items;
  std::uint64_t frames = 0;
};

Measured run(Memory* memory) {
  const auto scenario = read_scenario(drill, "test").value();
  const auto simulation = Simulation::make(scenario, {3, {}, memory, memory}).value();
  while (simulation->run(1000)) {
  }
  return simulation->measured();
}

TEST(Recorder, DoesNotChangeTheRun) {
  Memory memory;
  const auto watched = run(&memory);
  const auto alone = run(nullptr);
  EXPECT_EQ(watched.trace_sha256, alone.trace_sha256);
  EXPECT_EQ(watched.events, alone.events);
  EXPECT_EQ(memory.frames, watched.frames.sent);
}

TEST(Recorder, HearsInOrderOfTimeWhatTheBooksSay) {
  Memory memory;
  const auto measured = run(&memory);
  EXPECT_TRUE(std::is_sorted(memory.items.begin(), memory.items.end(),
                             [](const auto& a, const auto& b) { return a.first < b.first; }));
  const auto sent = memory.all<Recorder::MessageSent>();
  const auto shown = memory.all<Recorder::MessageShown>();
  ASSERT_EQ(sent.size(), 1U);
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(sent[0].second.to, 2U);
  EXPECT_EQ(shown[0].second.number, sent[0].second.number);
  const double latency_ms =
      std::chrono::duration<double, std::milli>(shown[0].first - sent[0].first).count();
  EXPECT_NEAR(latency_ms, measured.messages.latency.quantile_ms(1).value(), 1e-6);
  EXPECT_EQ(memory.all<Recorder::CallDialled>().size(), 1U);
  EXPECT_EQ(memory.all<Recorder::CallEstablished>().size(), measured.calls.established);
  EXPECT_EQ(memory.all<Recorder::CallClosed>().size(), 1U);
  EXPECT_EQ(memory.all<Recorder::Happened>().size(), 5U);
}

TEST(Recorder, SeesNeighboursComponentsAndPowerChange) {
  Memory memory;
  static_cast<void>(run(&memory));
  const auto groups = memory.all<Recorder::Grouped>();
  const auto split = std::find_if(groups.begin(), groups.end(), [](const auto& group) {
    return group.first >= 10s && group.second.components[2] != group.second.components[0];
  });
  ASSERT_NE(split, groups.end());
  EXPECT_LE(split->first, 10s + 500ms);
  const auto links = memory.all<Recorder::Linked>();
  EXPECT_TRUE(std::any_of(links.begin(), links.end(), [](const auto& link) {
    return link.first > 10s && link.first < 25s && !link.second.up && link.second.b == 2;
  }));
  const auto power = memory.all<Recorder::Powered>();
  ASSERT_EQ(power.size(), 4U);
  EXPECT_EQ(power.back().first, 55s);
  EXPECT_FALSE(power.back().second.on);
}

}  // namespace
}  // namespace muster::sim
