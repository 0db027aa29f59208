// SPDX-License-Identifier: Apache-2.0
#include "security/io/authority_directory.hpp"

#include <gtest/gtest.h>

#include "security/io/openssl_random.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::security {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t now = 1'700'000'000;

fs::perms mode_of(const fs::path& path) { return fs::status(path).permissions(); }

class AuthorityDirectoryTest : public testing::Test {
 protected:
  Result<AuthorityDirectory> init() {
    return AuthorityDirectory::init(path_, "Drill.Example", random_, now);
  }
  Result<AuthorityDirectory> open(AuthorityDirectory::Access access) {
    return AuthorityDirectory::open(path_, access, random_);
  }

  test::TemporaryDirectory directory_;
  fs::path path_ = directory_.path() / "deep" / "authority";
  OpensslRandom random_;
};

TEST_F(AuthorityDirectoryTest, HasSecretsThatNobodyElseMayRead) {
  auto authority = init();
  ASSERT_TRUE(authority) << authority.error().sentence;
  ASSERT_TRUE(authority->add_node("host-1", false, now));
  ASSERT_TRUE(authority->add_user("alice", {false, {"host-1"}}, OnExistingUser::refuse, now));
  std::size_t files = 0;
  EXPECT_EQ(mode_of(path_), fs::perms::owner_all);
  for (const auto& entry : fs::recursive_directory_iterator{path_}) {
    if (entry.is_directory()) {
      EXPECT_EQ(mode_of(entry.path()), fs::perms::owner_all) << entry.path();
    } else if (entry.path().filename() != "root.pem") {
      EXPECT_EQ(mode_of(entry.path()), fs::perms::owner_read | fs::perms::owner_write)
          << entry.path();
      ++files;
    }
  }
  EXPECT_EQ(files, 4U);
}

TEST_F(AuthorityDirectoryTest, IsTheSameWhenOpenedAgain) {
  Bytes root;
  {
    auto authority = init();
    ASSERT_TRUE(authority);
    root = authority->root_der();
    ASSERT_TRUE(authority->add_node("host-1", false, now));
  }
  const auto again = open(AuthorityDirectory::Access::read);
  ASSERT_TRUE(again) << again.error().sentence;
  EXPECT_EQ(again->overlay(), "drill.example");
  EXPECT_EQ(again->root_der(), root);
  EXPECT_EQ(again->nodes()->at(0).name, "host-1");
}

TEST_F(AuthorityDirectoryTest, IsNotMadeOverAnother) {
  ASSERT_TRUE(init());
  const auto second = init();
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().sentence, testing::HasSubstr("an authority here already"));
}

TEST_F(AuthorityDirectoryTest, IsNotOpenedWhenOthersMayReadItsKeys) {
  ASSERT_TRUE(init());
  fs::permissions(path_ / "authority.pem", fs::perms::group_read, fs::perm_options::add);
  const auto opened = open(AuthorityDirectory::Access::read);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().sentence, testing::HasSubstr("chmod 600"));
}

TEST_F(AuthorityDirectoryTest, GivesEveryCertificateAGreaterSerial) {
  auto authority = init();
  ASSERT_TRUE(authority);
  const auto first = authority->add_node("host-1", false, now);
  const auto second = authority->add_node("host-2", false, now);
  ASSERT_TRUE(first && second);
  EXPECT_LT(read_certificate(first->certificate_der)->serial,
            read_certificate(second->certificate_der)->serial);
}

TEST_F(AuthorityDirectoryTest, RefusesAUserWhoseHomeDoesNotExist) {
  auto authority = init();
  ASSERT_TRUE(authority);
  const auto made = authority->add_user("alice", {false, {"host-9"}}, OnExistingUser::refuse, now);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().sentence, testing::HasSubstr("muster pki node host-9"));
  EXPECT_TRUE(authority->users()->empty());
}

TEST_F(AuthorityDirectoryTest, GivesAUserWhoMovesANewKeyThatTheFormerHomeLacks) {
  auto authority = init();
  ASSERT_TRUE(authority);
  ASSERT_TRUE(authority->add_node("host-1", false, now));
  ASSERT_TRUE(authority->add_node("host-2", false, now));
  const auto before =
      authority->add_user("alice", {false, {"host-1"}}, OnExistingUser::refuse, now);
  const auto after =
      authority->add_user("alice", {false, {"host-2"}}, OnExistingUser::keep_password, now);
  ASSERT_TRUE(before && after);
  EXPECT_NE(read_certificate(before->certificate_der)->ed25519,
            read_certificate(after->certificate_der)->ed25519);
  EXPECT_TRUE(authority->kit_for("host-1")->home_users.empty());
  EXPECT_EQ(authority->kit_for("host-2")->home_users.size(), 1U);
}

TEST_F(AuthorityDirectoryTest, ChangesAPasswordOnlyWhenAsked) {
  auto authority = init();
  ASSERT_TRUE(authority);
  const Homes all{true, {}};
  ASSERT_TRUE(authority->add_user("alice", all, OnExistingUser::refuse, now));
  const auto password = *authority->password("alice");
  EXPECT_FALSE(authority->add_user("alice", all, OnExistingUser::refuse, now));
  ASSERT_TRUE(authority->add_user("alice", all, OnExistingUser::keep_password, now));
  EXPECT_EQ(*authority->password("alice"), password);
  ASSERT_TRUE(authority->add_user("alice", all, OnExistingUser::new_password, now));
  EXPECT_NE(*authority->password("alice"), password);
}

TEST_F(AuthorityDirectoryTest, GivesAReplacedNodeNewKeys) {
  auto authority = init();
  ASSERT_TRUE(authority);
  const auto lost = authority->add_node("host-1", false, now);
  EXPECT_FALSE(authority->add_node("host-1", false, now));
  const auto replacement = authority->add_node("host-1", true, now);
  ASSERT_TRUE(lost && replacement);
  EXPECT_NE(lost->id, replacement->id);
}

TEST_F(AuthorityDirectoryTest, MakesKitsWithTheRosterAndOnlyTheirOwnUsers) {
  auto authority = init();
  ASSERT_TRUE(authority);
  ASSERT_TRUE(authority->add_node("host-1", false, now));
  ASSERT_TRUE(authority->add_node("host-2", false, now));
  ASSERT_TRUE(authority->add_user("alice", {false, {"host-1"}}, OnExistingUser::refuse, now));
  ASSERT_TRUE(authority->add_user("bob", {true, {}}, OnExistingUser::refuse, now));
  const auto kit = authority->kit_for("host-2");
  ASSERT_TRUE(kit) << kit.error().sentence;
  EXPECT_EQ(kit->roster.size(), 4U);
  ASSERT_EQ(kit->home_users.size(), 1U);
  EXPECT_EQ(kit->home_users[0].aor, "sip:bob@drill.example");
  EXPECT_EQ(kit->discovery_key, authority->kit_for("host-1")->discovery_key);
  EXPECT_FALSE(authority->kit_for("host-3"));
}

TEST_F(AuthorityDirectoryTest, MakesPasswordsOfTwentyTypableCharacters) {
  auto authority = init();
  ASSERT_TRUE(authority);
  ASSERT_TRUE(authority->add_user("alice", {true, {}}, OnExistingUser::refuse, now));
  ASSERT_TRUE(authority->add_user("bob", {true, {}}, OnExistingUser::refuse, now));
  EXPECT_THAT(*authority->password("alice"), testing::MatchesRegex("[a-z2-7]*"));
  EXPECT_EQ(authority->password("alice")->size(), 20U);
  EXPECT_NE(*authority->password("alice"), *authority->password("bob"));
  EXPECT_FALSE(authority->password("carol"));
}

TEST_F(AuthorityDirectoryTest, SkipsWhatAPowerCutLeftOfAWrite) {
  auto authority = init();
  ASSERT_TRUE(authority);
  ASSERT_TRUE(authority->add_node("host-1", false, now));
  ASSERT_TRUE(write_file_atomically(path_ / "nodes" / "host-2.pem.Xa3f9Q", as_bytes("-----BEG"),
                                    mode_private));
  EXPECT_EQ(authority->nodes()->size(), 1U);
}

TEST_F(AuthorityDirectoryTest, NamesTheDamagedFile) {
  auto authority = init();
  ASSERT_TRUE(authority);
  ASSERT_TRUE(authority->add_node("host-1", false, now));
  ASSERT_TRUE(
      write_file_atomically(path_ / "nodes" / "host-1.pem", as_bytes("rubbish"), mode_private));
  const auto nodes = authority->nodes();
  ASSERT_FALSE(nodes);
  EXPECT_THAT(nodes.error().sentence, testing::HasSubstr("host-1.pem"));
}

}  // namespace
}  // namespace muster::security
