// SPDX-License-Identifier: Apache-2.0
#include "sim/io/scenario_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "security/crypto.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::sim {
namespace {

const std::string still =
    "[scenario]\nname = \"t\"\nduration = \"9s\"\n[medium]\nkind = \"matrix\"\nbitrate = "
    "\"1Mbit/s\"\n"
    "mtu = 1400\n[hosts]\ncount = 2\nlayout = \"chain\"\n";
const std::string meeting =
    "[scenario]\nname = \"t\"\nduration = \"9s\"\n[medium]\nkind = \"matrix\"\nbitrate = "
    "\"1Mbit/s\"\n"
    "mtu = 1400\n[hosts]\ncount = 2\nmobility = { trace = \"meetings.txt\" }\n";

class ScenarioFile : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return (directory_.path() / "t.toml").string(); }
  void write_trace(const std::string& text) const {
    std::ofstream(directory_.path() / "meetings.txt") << text;
  }
  [[nodiscard]] std::string digest(const std::string& text) const {
    return scenario_sha256(text, read_scenario(text, path()).value(), path());
  }
  test::TemporaryDirectory directory_;
};

TEST_F(ScenarioFile, IsKnownByItsDigest) {
  EXPECT_EQ(digest(still), to_hex(security::sha256(as_bytes(still))));
}

TEST_F(ScenarioFile, IsAnotherOneWithAnotherTrace) {
  write_trace("1 CONN 0 1 up\n");
  const auto former = digest(meeting);
  EXPECT_EQ(digest(meeting), former);
  write_trace("2 CONN 0 1 up\n");
  EXPECT_NE(digest(meeting), former);
}

TEST_F(ScenarioFile, HasItsTraceBesideIt) {
  const auto scenario = read_scenario(meeting, path());
  ASSERT_TRUE(scenario) << scenario.error().sentence;
  try {
    static_cast<void>(scenario_sha256(meeting, *scenario, path()));
    FAIL() << "no trace is there";
  } catch (const BadUsage& bad) {
    EXPECT_NE(bad.sentence.find("meetings.txt: No such file"), std::string::npos) << bad.sentence;
  }
}

}  // namespace
}  // namespace muster::sim
