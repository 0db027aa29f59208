// SPDX-License-Identifier: Apache-2.0
#include "node/io/pki_command.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "node/io/kit_command.hpp"
#include "security/io/installed_kit.hpp"
#include "security/io/private_file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::node {
namespace {

using Words = std::vector<std::string>;

struct Said {
  int code = -1;
  std::string out;
  std::string err;
};

class PkiCommand : public testing::Test {
 protected:
  void SetUp() override {
    static_cast<void>(security::write_file_atomically(secret_, as_bytes("correct horse\n"),
                                                      security::mode_private));
  }
  Said run(int (*command)(const Words&), Words args) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Said said;
    said.code = command(args);
    said.out = testing::internal::GetCapturedStdout();
    said.err = testing::internal::GetCapturedStderr();
    return said;
  }
  Said pki(Words args) {
    args.insert(args.end(), {"--authority", authority_});
    return run(pki_command, args);
  }
  Said kit(Words args) {
    args.insert(args.end(), {"--passphrase-file", secret_});
    return run(kit_command, args);
  }
  void provision() {
    ASSERT_EQ(pki({"init", "drill.example"}).code, 0);
    ASSERT_EQ(pki({"node", "host-1", "host-2"}).code, 0);
    ASSERT_EQ(pki({"user", "alice", "bob", "--homes", "host-1"}).code, 0);
  }

  test::TemporaryDirectory directory_;
  std::string authority_ = directory_.path() / "authority";
  std::string secret_ = directory_.path() / "secret";
  std::string kit_ = directory_.path() / "host-1.kit";
  std::string state_ = directory_.path() / "state";
};

TEST_F(PkiCommand, ProvisionsANodeFromInitToInstalledKit) {
  provision();
  const Said made = kit({"make", "host-1", "-o", kit_, "--authority", authority_});
  ASSERT_EQ(made.code, 0) << made.err;
  const Said installed = kit({"install", kit_, "--state", state_});
  ASSERT_EQ(installed.code, 0) << installed.err;
  const auto loaded = security::load_installed_kit(state_);
  ASSERT_TRUE(loaded) << loaded.error().sentence;
  EXPECT_EQ(loaded->node_name, "host-1");
  EXPECT_EQ(loaded->home_users.size(), 2U);
  EXPECT_EQ(loaded->roster.size(), 4U);
}

TEST_F(PkiCommand, ShowsNodesAndUsersForScripts) {
  provision();
  const auto shown = nlohmann::json::parse(pki({"show", "--json"}).out);
  EXPECT_EQ(shown["overlay"], "drill.example");
  EXPECT_EQ(shown["nodes"].size(), 2U);
  EXPECT_EQ(shown["users"][0]["aor"], "sip:alice@drill.example");
  EXPECT_EQ(shown["users"][0]["homes"], nlohmann::json::array({"host-1"}));
}

TEST_F(PkiCommand, PrintsAPasswordOnlyWhenAskedForIt) {
  ASSERT_EQ(pki({"init", "drill.example"}).code, 0);
  const std::string made = pki({"user", "alice", "--homes", "all"}).out;
  const std::string shown = pki({"show"}).out;
  std::string password = pki({"show", "--password", "alice"}).out;
  ASSERT_EQ(password.size(), 21U);
  password.pop_back();
  EXPECT_EQ(made.find(password), std::string::npos);
  EXPECT_EQ(shown.find(password), std::string::npos);
}

TEST_F(PkiCommand, ExitsWithTwoAndAHintWhenUsedBadly) {
  const std::vector<Words> bad = {
      {},
      {"agency"},
      {"init"},
      {"init", "a.example", "b.example"},
      {"node"},
      {"user", "alice"},
      {"show", "host-1"},
      {"node", "host-1", "--rep"},
      {"node", "host-1", "--authority"},
  };
  for (const auto& args : bad) {
    const Said said = run(pki_command, args);
    EXPECT_EQ(said.code, 2) << testing::PrintToString(args);
    EXPECT_THAT(said.err, testing::HasSubstr("--help"));
    EXPECT_EQ(std::count(said.err.begin(), said.err.end(), '\n'), 1) << said.err;
  }
}

TEST_F(PkiCommand, ExitsWithOneAndOneLineWhenItFails) {
  for (const Words& args : {Words{"init", "no_domain"}, Words{"node", "host-1"},
                            Words{"user", "alice", "--homes", "all"}, Words{"show"}}) {
    const Said said = pki(args);
    EXPECT_EQ(said.code, 1) << testing::PrintToString(args);
    EXPECT_EQ(std::count(said.err.begin(), said.err.end(), '\n'), 1) << said.err;
  }
}

TEST_F(PkiCommand, MakesNoneOfSeveralWhenOneNameIsRefused) {
  provision();
  EXPECT_EQ(pki({"node", "host-3", "host_4"}).code, 1);
  EXPECT_EQ(pki({"node", "host-3", "host-1"}).code, 1);
  EXPECT_EQ(pki({"user", "carol", "alice", "--homes", "all"}).code, 1);
  const auto shown = nlohmann::json::parse(pki({"show", "--json"}).out);
  EXPECT_EQ(shown["nodes"].size(), 2U);
  EXPECT_EQ(shown["users"].size(), 2U);
}

TEST_F(PkiCommand, GivesAUserNewHomesAndANewPasswordOnlyWhenAsked) {
  provision();
  const std::string before = pki({"show", "--password", "alice"}).out;
  EXPECT_EQ(pki({"user", "alice", "--homes", "host-2"}).code, 1);
  EXPECT_EQ(pki({"user", "alice", "--homes", "host-2", "--replace"}).code, 0);
  EXPECT_EQ(pki({"show", "--password", "alice"}).out, before);
  EXPECT_EQ(pki({"user", "alice", "--homes", "host-2", "--new-password"}).code, 0);
  EXPECT_NE(pki({"show", "--password", "alice"}).out, before);
}

TEST_F(PkiCommand, SaysWhatItCanDo) {
  for (const Words& args : {Words{"--help"}, Words{"user", "--help"}, Words{"init", "-h"}}) {
    const Said said = run(pki_command, args);
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, testing::StartsWith("usage: muster pki"));
  }
  EXPECT_EQ(run(kit_command, {"install", "--help"}).code, 0);
}

TEST_F(PkiCommand, KitShowTellsNoSecret) {
  provision();
  ASSERT_EQ(kit({"make", "host-1", "-o", kit_, "--authority", authority_}).code, 0);
  const Said text = kit({"show", kit_});
  const auto json = nlohmann::json::parse(kit({"show", kit_, "--json"}).out);
  EXPECT_THAT(text.out, testing::HasSubstr("home of sip:alice@drill.example"));
  EXPECT_EQ(json["roster_nodes"], 2);
  const auto opened = security::read_kit_file(kit_, "correct horse");
  ASSERT_TRUE(opened);
  for (const std::string& secret : {to_hex(opened->ed25519_private), to_hex(opened->x25519_private),
                                    to_hex(opened->discovery_key), opened->home_users[0].ha1_md5}) {
    EXPECT_EQ((text.out + json.dump()).find(secret), std::string::npos);
  }
}

TEST_F(PkiCommand, KitInstallKeepsAnotherIdentityUnlessForced) {
  provision();
  const std::string other = directory_.path() / "host-2.kit";
  ASSERT_EQ(kit({"make", "host-1", "-o", kit_, "--authority", authority_}).code, 0);
  ASSERT_EQ(kit({"make", "host-2", "-o", other, "--authority", authority_}).code, 0);
  ASSERT_EQ(kit({"install", kit_, "--state", state_}).code, 0);
  EXPECT_EQ(kit({"install", other, "--state", state_}).code, 1);
  EXPECT_EQ(security::load_installed_kit(state_)->node_name, "host-1");
  EXPECT_EQ(kit({"install", other, "--state", state_, "--force"}).code, 0);
  EXPECT_EQ(security::load_installed_kit(state_)->node_name, "host-2");
}

TEST_F(PkiCommand, KitNamesTheMissingOption) {
  EXPECT_EQ(kit({"make", "host-1"}).code, 2);
  EXPECT_EQ(kit({"install", kit_}).code, 2);
  EXPECT_EQ(kit({"show"}).code, 2);
  const Said absent = kit({"show", kit_});
  EXPECT_EQ(absent.code, 1);
  EXPECT_THAT(absent.err, testing::HasSubstr("No such file"));
}

}  // namespace
}  // namespace muster::node
