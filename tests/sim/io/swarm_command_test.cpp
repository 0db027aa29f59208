// SPDX-License-Identifier: Apache-2.0
#include "sim/io/swarm_command.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "sim/io/build_commit.hpp"
#include "sim/io/run_lines.hpp"
#include "sim/io/scenario_file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::sim {
namespace {

/// A swarm whose runs are done by a shell script: $1 is the scenario, $3 the seed.
class Swarm : public ::testing::Test {
 protected:
  Swarm() {
    std::ofstream(scenario())
        << "[scenario]\nname = \"t\"\nduration = \"9s\"\n[hosts]\ncount = 2\n";
  }
  [[nodiscard]] std::string scenario() const { return (directory_.path() / "t.toml").string(); }
  [[nodiscard]] std::filesystem::path out() const { return directory_.path() / "r.jsonl"; }
  [[nodiscard]] std::filesystem::path ran() const { return directory_.path() / "ran"; }

  /// `work` is shell; `report VERDICT` prints a run of this scenario, and each run leaves a line.
  [[nodiscard]] SwarmOrder order(SeedRange seeds, const std::string& work) const {
    SwarmOrder order;
    order.scenario = scenario();
    order.seeds = seeds;
    order.jobs = 2;
    order.out = out();
    const auto script = "echo $3 >> " + ran().string() + R"(
report() {
  echo "{\"scenario\":\"t\",\"seed\":$seed,\"verdict\":\"$1\",\"world\":\"simulated\",\"commit\":\")" +
                        build_commit() +
                        R"(\",\"scenario_sha256\":\"$(sha256sum < $file | cut -d' ' -f1)\"}"
}
file=$1 seed=$3
)" + work;
    order.program = {"/bin/sh", "-c", script, "run"};
    return order;
  }

  /// How often each seed has run.
  [[nodiscard]] std::map<std::uint64_t, int> runs() const {
    std::map<std::uint64_t, int> all;
    std::ifstream file(ran());
    for (std::uint64_t seed = 0; file >> seed;) ++all[seed];
    return all;
  }

  [[nodiscard]] bool each_ran_once() const {
    const auto all = runs();
    return std::all_of(all.begin(), all.end(), [](const auto& run) { return run.second == 1; });
  }

  [[nodiscard]] std::map<std::uint64_t, std::string> verdicts() const {
    std::map<std::uint64_t, std::string> all;
    const auto lines = read_run_lines(out());
    if (!lines) return all;
    for (const auto& line : lines->lines) all[line.seed] = line.report["verdict"];
    return all;
  }

 private:
  test::TemporaryDirectory directory_;
};

TEST_F(Swarm, RunsEverySeedOnce) {
  EXPECT_EQ(run_swarm(order({3, 9}, "report passed")), 0);
  EXPECT_EQ(verdicts().size(), 6U);
  EXPECT_TRUE(each_ran_once());
}

TEST_F(Swarm, RunsOnlyWhatIsMissing) {
  auto first = order({0, 8}, "report passed");
  first.shard = {1, 4};
  EXPECT_EQ(run_swarm(first), 0);
  EXPECT_EQ(runs(), (std::map<std::uint64_t, int>{{1, 1}, {5, 1}}));
  EXPECT_EQ(run_swarm(order({0, 8}, "report passed")), 0);
  EXPECT_EQ(runs().size(), 8U);
  EXPECT_TRUE(each_ran_once());
}

TEST_F(Swarm, FailsIfOneRunFails) {
  EXPECT_EQ(run_swarm(order({0, 4}, "[ $seed != 2 ] || { report failed; exit 1; }; report passed")),
            1);
  EXPECT_EQ(verdicts()[2], "failed");
  EXPECT_EQ(verdicts()[3], "passed");
}

TEST_F(Swarm, BooksARunThatDiedAndDoesItAgain) {
  EXPECT_EQ(run_swarm(order({0, 3}, "[ $seed != 1 ] || kill -SEGV $$; report passed")), 1);
  const auto lines = read_run_lines(out());
  ASSERT_TRUE(lines);
  const auto died = std::find_if(lines->lines.begin(), lines->lines.end(),
                                 [](const auto& line) { return line.seed == 1; });
  ASSERT_NE(died, lines->lines.end());
  EXPECT_FALSE(died->finished());
  EXPECT_EQ(died->report["why"], "killed by signal 11");
  EXPECT_EQ(run_swarm(order({0, 3}, "report passed")), 0);
  EXPECT_EQ(runs(), (std::map<std::uint64_t, int>{{0, 1}, {1, 2}, {2, 1}}));
}

TEST_F(Swarm, StopsAtOnceWhereARunCallsItWrongUsage) {
  EXPECT_THROW(static_cast<void>(run_swarm(order({0, 1000}, "echo t.toml: no >&2; exit 2"))),
               BadUsage);
  EXPECT_LT(runs().size(), 10U);
}

TEST_F(Swarm, RefusesAFileOfOtherRuns) {
  EXPECT_EQ(run_swarm(order({0, 2}, "report passed")), 0);
  auto other = order({0, 4}, "report passed");
  other.overrides = {{"hosts.count", "3"}};
  EXPECT_THROW(static_cast<void>(run_swarm(other)), BadUsage);
}

TEST_F(Swarm, KeepsWhatIsDoneWhenItIsStopped) {
  // The third run stops the swarm that started it, as Ctrl-C would.
  auto stopped = order(
      {0, 100}, "report passed; [ $seed != 3 ] || kill -INT $PPID; [ $seed -lt 3 ] || sleep 100");
  stopped.jobs = 1;
  EXPECT_EQ(run_swarm(stopped), 1);
  EXPECT_EQ(verdicts().size(), 3U);
  EXPECT_EQ(run_swarm(order({0, 6}, "report passed")), 0);
  EXPECT_EQ(verdicts().size(), 6U);
}

}  // namespace
}  // namespace muster::sim
