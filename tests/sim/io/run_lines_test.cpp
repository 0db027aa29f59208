// SPDX-License-Identifier: Apache-2.0
#include "sim/io/run_lines.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sim/io/merge_command.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::sim {
namespace {

using nlohmann::json;

json report(std::uint64_t seed, double ratio, const std::string& verdict = "passed") {
  return {{"scenario", "t"},
          {"seed", seed},
          {"commit", "abc"},
          {"scenario_sha256", "12"},
          {"world", "simulated"},
          {"verdict", verdict},
          {"trace_sha256", std::to_string(seed)},
          {"params", {{"set", json::array()}, {"seeds", "0:5"}}},
          {"calls", {{"success_ratio", ratio}, {"setup", nullptr}}},
          {"invariants", {{"violations", json::array()}}}};
}

RunLine line(const json& of, const std::string& place) {
  auto parsed = parse_run_line(of.dump(), place);
  EXPECT_TRUE(parsed);
  return std::move(*parsed);
}

TEST(RunLines, ComeBackAsTheyWereAppended) {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "r.jsonl";
  append_run_line(file, report(3, 0.5));
  append_run_line(file, report(4, 1));
  const auto read = read_run_lines(file);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->lines.size(), 2U);
  EXPECT_EQ(read->lines[1].seed, 4U);
  EXPECT_EQ(read->lines[1].place, file.string() + ":2");
  EXPECT_EQ(read->lines[0].report, report(3, 0.5));
  EXPECT_TRUE(read->damaged.empty());
}

TEST(RunLines, ATornLineCostsNoOther) {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "r.jsonl";
  append_run_line(file, report(1, 1));
  append_run_line(file, report(2, 1));
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 10);
  append_run_line(file, report(3, 1));
  const auto read = read_run_lines(file);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->lines.size(), 2U);
  EXPECT_EQ(read->lines[0].seed, 1U);
  EXPECT_EQ(read->lines[1].seed, 3U);
  ASSERT_EQ(read->damaged.size(), 1U);
  EXPECT_NE(read->damaged[0].find(":2: "), std::string::npos) << read->damaged[0];
}

TEST(RunLines, WhatIsNoRunIsPassedOver) {
  for (const auto* text :
       {"", "7", "[]", "{}", R"({"scenario":"t","seed":-1,"verdict":"passed"})",
        R"({"scenario":"t","seed":1})", R"({"seed":1,"verdict":"passed"})",
        R"({"scenario":"t","seed":1,"verdict":"passed","params":[]})",
        R"({"scenario":"t","seed":1,"verdict":"passed","params":{"set":[1]}})",
        R"({"scenario":"t","seed":1,"verdict":"passed","params":{"seeds":7}})",
        R"({"scenario":"t","seed":1,"verdict":"passed","timeline":7})",
        R"({"scenario":"t","seed":1,"verdict":"passed","commit":7})",
        R"({"scenario":"t","seed":1,"verdict":"passed","invariants":{"violations":[{}]}})"}) {
    EXPECT_FALSE(parse_run_line(text, "f:1")) << text;
  }
}

TEST(RunLines, AReportIsFoundAmongWhatElseIsPrinted) {
  const auto found = report_in("warning: x\n" + report(8, 1).dump() + "\nbye\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->report["seed"], 8);
  EXPECT_EQ(found->others, "warning: x\nbye\n");
  EXPECT_FALSE(report_in("{\"a\": 1}\nnothing\n"));
}

TEST(MergeRuns, TakesEachSeedOnceAndNamesTheMissing) {
  const auto merged = merge_runs(
      {line(report(4, 1), "a:1"), line(report(1, 0.5), "a:2"), line(report(4, 1), "b:1")}, {});
  ASSERT_TRUE(merged);
  ASSERT_EQ(merged->runs.size(), 2U);
  EXPECT_EQ(merged->runs[0].seed, 1U);
  EXPECT_EQ(merged->repeated, 1U);
  EXPECT_EQ(merged->missing, (std::vector<std::uint64_t>{0, 2, 3}));
  EXPECT_TRUE(merged->different.empty());
}

TEST(MergeRuns, BelievesTheRangeThatIsGiven) {
  const auto merged = merge_runs({line(report(1, 1), "a:1")}, SeedRange{0, 7});
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->missing, (std::vector<std::uint64_t>{0, 2, 3, 4, 5, 6}));
}

TEST(MergeRuns, RefusesOtherCommitsScenariosWorldsAndValues) {
  for (const auto& [place, value] :
       std::vector<std::pair<std::string, json>>{{"/commit", "def"},
                                                 {"/scenario_sha256", "13"},
                                                 {"/world", "emulated"},
                                                 {"/params/set", json::array({"hosts.count=3"})}}) {
    auto other = report(2, 1);
    other[json::json_pointer(place)] = value;
    const auto merged = merge_runs({line(report(1, 1), "a:1"), line(other, "b:1")}, {});
    ASSERT_FALSE(merged) << place;
    EXPECT_NE(merged.error().sentence.find("a:1"), std::string::npos) << merged.error().sentence;
    EXPECT_NE(merged.error().sentence.find("b:1"), std::string::npos);
  }
}

TEST(MergeRuns, NoticesASeedWithTwoResults) {
  auto other = report(1, 1);
  other["trace_sha256"] = "x";
  const auto merged = merge_runs({line(report(1, 1), "a:1"), line(other, "b:1")}, {});
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->different.size(), 1U);
}

TEST(MergeRuns, TakesAWholeRunRatherThanOneThatDied) {
  const auto merged =
      merge_runs({line(report(1, 1, "crashed"), "a:1"), line(report(1, 1), "a:2")}, {});
  ASSERT_TRUE(merged);
  ASSERT_EQ(merged->runs.size(), 1U);
  EXPECT_TRUE(merged->runs[0].passed());
  EXPECT_TRUE(merged->different.empty());
}

TEST(SummaryOfRuns, HasMeansOfNumbersOnly) {
  const auto merged = merge_runs(
      {line(report(1, 0.5), "a:1"), line(report(2, 1), "a:2"), line(report(3, 0, "failed"), "a:3")},
      {});
  ASSERT_TRUE(merged);
  const auto summary = summary_of(*merged);
  EXPECT_DOUBLE_EQ(summary["metrics"]["calls.success_ratio"]["mean"].get<double>(), 0.5);
  EXPECT_DOUBLE_EQ(summary["metrics"]["invariants.violations"]["max"].get<double>(), 0);
  EXPECT_FALSE(summary["metrics"].contains("calls.setup"));
  EXPECT_FALSE(summary["metrics"].contains("seed"));
  EXPECT_EQ(summary["failed"], json::array({3}));
}

TEST(NumberAt, IsTheLengthOfAList) {
  EXPECT_EQ(number_at(report(1, 0.25), "calls.success_ratio"), 0.25);
  EXPECT_EQ(number_at(report(1, 1), "invariants.violations"), 0);
  EXPECT_FALSE(number_at(report(1, 1), "calls.setup"));
  EXPECT_FALSE(number_at(report(1, 1), "no.such"));
}

}  // namespace
}  // namespace muster::sim
