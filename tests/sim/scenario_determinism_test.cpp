// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/scenario_reader.hpp"
#include "sim/simulation.hpp"
#include "tests/support/test_data.hpp"

namespace muster::sim {
namespace {

namespace fs = std::filesystem;

/// So much of each scenario is played: enough for hosts to meet, register and begin to work.
constexpr std::uint64_t events_played = 10'000;
/// Larger scenarios are played by fewer hosts here, and in full by muster sim run.
constexpr std::size_t hosts_max = 24;

std::vector<fs::path> scenarios() {
  std::vector<fs::path> all;
  const auto shared = test::test_data_folder().parent_path();
  for (const auto& folder : {fs::path(MUSTER_SOURCE_DIR) / "sim/scenarios", shared / "scenarios"}) {
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".toml") all.push_back(entry.path());
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

Scenario load(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  auto scenario = read_scenario(text.str(), file.string()).value();
  if (scenario.hosts.size() > hosts_max) {
    scenario =
        read_scenario(text.str(), file.string(), {{"hosts.count", std::to_string(hosts_max)}})
            .value();
  }
  return scenario;
}

class EveryScenario : public ::testing::TestWithParam<fs::path> {};

TEST_P(EveryScenario, RunsTheSameTwice) {
  const auto scenario = load(GetParam());
  const auto play = [&] {
    const auto simulation = Simulation::make(scenario, {scenario.seed, {}}).value();
    simulation->run(events_played);
    return simulation->measured();
  };
  const auto first = play();
  const auto second = play();
  EXPECT_EQ(first.trace_sha256, second.trace_sha256);
  EXPECT_GT(first.frames.sent + first.events, 0u);
  EXPECT_TRUE(first.violations.empty()) << first.violations.front();
}

std::string name_of(const ::testing::TestParamInfo<fs::path>& info) {
  auto name =
      info.param.parent_path().parent_path().filename().string() + "_" + info.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Simulation, EveryScenario, ::testing::ValuesIn(scenarios()), name_of);

}  // namespace
}  // namespace muster::sim
