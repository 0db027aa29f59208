// SPDX-License-Identifier: Apache-2.0
#include "sim/io/plan_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/io/shell_words.hpp"

namespace muster::sim {
namespace {

using ::testing::HasSubstr;

ShardPlan plan() {
  return {.program = "/opt/muster-sim",
          .scenario = "/data/it's here.toml",
          .name = "two words",
          .directory = "/out",
          .overrides = {{"medium.loss", "{ rate = 0.1 }"}},
          .seeds = {0, 1000},
          .shards = 16,
          .jobs = 4};
}

TEST(ShellWords, AreQuotedWhereTheyMustBe) {
  EXPECT_EQ(shell_words({"a", "", "b c", "it's", "$x", "k=[1]"}),
            "a '' 'b c' 'it'\\''s' '$x' 'k=[1]'");
}

TEST(ShardPlan, GivesSlurmATaskForEachShard) {
  const auto script = slurm_script(plan());
  EXPECT_THAT(script, HasSubstr("#SBATCH --array=0-15\n"));
  EXPECT_THAT(script, HasSubstr("#SBATCH --cpus-per-task=4\n"));
  EXPECT_THAT(script, HasSubstr("'/data/it'\\''s here.toml' --seeds 0:1000 --jobs 4"));
  EXPECT_THAT(script, HasSubstr("--set 'medium.loss={ rate = 0.1 }'"));
  EXPECT_THAT(script, HasSubstr("--shard \"$SLURM_ARRAY_TASK_ID/16\""));
  EXPECT_THAT(script, HasSubstr("--out /out/two-words-\"$SLURM_ARRAY_TASK_ID\".jsonl"));
}

TEST(ShardPlan, HasParallelQuoteItsWords) {
  const auto script = parallel_script(plan());
  EXPECT_THAT(script, HasSubstr("seq 0 15 | "));
  EXPECT_THAT(script, HasSubstr("parallel --quote \"$@\" /opt/muster-sim run"));
  EXPECT_THAT(script, HasSubstr("--shard {}/16 --out /out/two-words-{}.jsonl"));
}

}  // namespace
}  // namespace muster::sim
