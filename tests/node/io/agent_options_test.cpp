// SPDX-License-Identifier: Apache-2.0
#include "node/io/agent_options.hpp"

#include <fstream>

#include <sys/stat.h>

#include "node/io/agent_report.hpp"
#include "tests/support/seeded_test_random.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

/// A password file that only its owner reads.
std::string password_file(const test::TemporaryDirectory& directory) {
  const std::string path = directory.path() / "password";
  std::ofstream{path} << "secret\n";
  ::chmod(path.c_str(), 0600);
  return path;
}

Result<AgentIdentity> identity_of(AgentTask task, const Words& words) {
  static test::SeededTestRandom random(1);
  const auto options = read_agent_options(task, words);
  if (!std::holds_alternative<AgentOptions>(options)) return fail("bad usage");
  return agent_identity(std::get<AgentOptions>(options), random);
}

TEST(AgentOptions, ReadDurations) {
  EXPECT_EQ(read_duration("20s"), 20s);
  EXPECT_EQ(read_duration("500ms"), 500ms);
  EXPECT_EQ(read_duration("2m"), 2min);
  EXPECT_EQ(read_duration("7"), 7s);
  for (const auto* bad : {"", "s", "-1s", "1.5s", "20 s", "20sec", "99999999h"}) {
    EXPECT_FALSE(read_duration(bad)) << bad;
  }
}

TEST(AgentOptions, RefuseBadUsageWithTwo) {
  const std::vector<std::pair<AgentTask, Words>> cases{
      {AgentTask::call, {}},
      {AgentTask::call, {"dave"}},
      {AgentTask::call, {"dave", "--as"}},
      {AgentTask::call, {"dave", "--as", "alice", "--for", "soon"}},
      {AgentTask::call, {"dave", "--as", "alice", "--registrar", "host"}},
      {AgentTask::call, {"dave", "eve", "--as", "alice"}},
      {AgentTask::message, {"dave", "--as", "alice", "--wav-in", "x"}},
      {AgentTask::listen, {"dave", "--as", "alice"}}};
  for (const auto& [task, words] : cases) {
    const auto options = read_agent_options(task, words);
    ASSERT_TRUE(std::holds_alternative<int>(options)) << testing::PrintToString(words);
    EXPECT_EQ(std::get<int>(options), 2);
  }
}

TEST(AgentOptions, TakeAnAddressWithOrWithoutPort) {
  const auto options =
      read_agent_options(AgentTask::listen, {"--as", "alice", "--registrar", "10.0.0.1"});
  EXPECT_EQ(std::get<AgentOptions>(options).registrar, *IpEndpoint::parse("10.0.0.1:5060"));
}

TEST(AgentIdentity, UnderstandsNamesInEachForm) {
  const test::TemporaryDirectory directory;
  for (const auto* name : {"dave", "dave@drill.example", "sip:dave@drill.example"}) {
    const auto identity = identity_of(
        AgentTask::call,
        {name, "--as", "alice@drill.example", "--password-file", password_file(directory)});
    ASSERT_TRUE(identity) << identity.error().sentence;
    EXPECT_EQ(identity->to->str(), "sip:dave@drill.example");
    EXPECT_EQ(identity->user, "alice");
    EXPECT_EQ(identity->domain, "drill.example");
  }
}

TEST(AgentIdentity, SaysWhatIsMissing) {
  const test::TemporaryDirectory directory;
  const auto no_domain = identity_of(
      AgentTask::call, {"dave", "--as", "alice", "--password-file", password_file(directory)});
  ASSERT_FALSE(no_domain);
  EXPECT_THAT(no_domain.error().sentence, testing::HasSubstr("--domain"));
  const auto no_kit =
      identity_of(AgentTask::call, {"dave", "--as", "alice", "--state", directory.path()});
  ASSERT_FALSE(no_kit);
  EXPECT_THAT(no_kit.error().sentence, testing::HasSubstr(directory.path().string()));
  EXPECT_FALSE(identity_of(AgentTask::call, {"da ve", "--as", "alice@drill.example",
                                             "--password-file", password_file(directory)}));
}

TEST(AgentReport, HasNoControlCharactersForTheTerminal) {
  EXPECT_EQ(terminal_text("a\x1b[2Jb\r\x7f"), "a?[2Jb??");
  EXPECT_EQ(terminal_text("\xc2\x9b"
                          "1m"),
            "?1m");
  EXPECT_EQ(terminal_text("Brücke\n\t€"), "Brücke\n\t€");
}

TEST(AgentReport, SaysEventsAsJsonWhateverTheTextHolds) {
  const auto json = agent_event_json(sip::AgentTextArrived{"alice@drill.example", "\xff\"\n"});
  ASSERT_TRUE(json);
  EXPECT_THAT(*json,
              testing::StartsWith(R"({"event":"message","peer":"alice@drill.example","text":")"));
  EXPECT_EQ(json->find('\n'), json->npos);
  EXPECT_FALSE(agent_event_json(sip::AgentSaid{}));
}

}  // namespace
}  // namespace muster::node
