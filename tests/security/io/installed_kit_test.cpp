// SPDX-License-Identifier: Apache-2.0
#include "security/io/installed_kit.hpp"

#include <gtest/gtest.h>

#include "security/io/authority_directory.hpp"
#include "security/io/openssl_random.hpp"
#include "security/io/passphrase.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::security {
namespace {

namespace fs = std::filesystem;
constexpr unsigned quick = 2;  // scrypt work factor of tests
constexpr std::string_view passphrase = "correct horse";

class InstalledKit : public testing::Test {
 protected:
  Kit kit(const std::string& node) {
    if (!fs::exists(authority_)) {
      EXPECT_TRUE(AuthorityDirectory::init(authority_, "drill.example", random_, 0));
    }
    auto authority =
        AuthorityDirectory::open(authority_, AuthorityDirectory::Access::write, random_);
    static_cast<void>(authority->add_node(node, false, 0));
    return *authority->kit_for(node);
  }

  test::TemporaryDirectory directory_;
  fs::path authority_ = directory_.path() / "authority";
  fs::path state_ = directory_.path() / "state";
  fs::path file_ = directory_.path() / "host-1.kit";
  OpensslRandom random_;
};

TEST_F(InstalledKit, ComesBackAsItWasInstalled) {
  const Kit made = kit("host-1");
  ASSERT_TRUE(install_kit(made, state_, OnOtherIdentity::refuse));
  const auto loaded = load_installed_kit(state_);
  ASSERT_TRUE(loaded) << loaded.error().sentence;
  EXPECT_EQ(encode_kit(*loaded), encode_kit(made));
  EXPECT_EQ(fs::status(installed_kit_path(state_)).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(InstalledKit, IsReplacedByANewerKitOfTheSameNode) {
  ASSERT_TRUE(install_kit(kit("host-1"), state_, OnOtherIdentity::refuse));
  static_cast<void>(kit("host-2"));
  ASSERT_TRUE(install_kit(kit("host-1"), state_, OnOtherIdentity::refuse));
  EXPECT_EQ(load_installed_kit(state_)->roster.size(), 2U);
}

TEST_F(InstalledKit, IsReplacedByAnotherNodeOnlyByForce) {
  ASSERT_TRUE(install_kit(kit("host-1"), state_, OnOtherIdentity::refuse));
  const auto refused = install_kit(kit("host-2"), state_, OnOtherIdentity::refuse);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().sentence, testing::HasSubstr("--force"));
  EXPECT_EQ(load_installed_kit(state_)->node_name, "host-1");
  ASSERT_TRUE(install_kit(kit("host-2"), state_, OnOtherIdentity::overwrite));
  EXPECT_EQ(load_installed_kit(state_)->node_name, "host-2");
}

TEST_F(InstalledKit, ThatIsMissingSaysHowToInstallOne) {
  const auto loaded = load_installed_kit(state_);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().sentence, testing::HasSubstr("muster kit install"));
}

TEST_F(InstalledKit, ThatIsDamagedIsRefused) {
  ASSERT_TRUE(install_kit(kit("host-1"), state_, OnOtherIdentity::refuse));
  ASSERT_TRUE(write_file_atomically(installed_kit_path(state_), as_bytes("x"), mode_private));
  EXPECT_FALSE(load_installed_kit(state_));
  EXPECT_FALSE(install_kit(kit("host-1"), state_, OnOtherIdentity::refuse));
  EXPECT_TRUE(install_kit(kit("host-1"), state_, OnOtherIdentity::overwrite));
}

TEST_F(InstalledKit, ThatOthersMayReadIsRefused) {
  ASSERT_TRUE(install_kit(kit("host-1"), state_, OnOtherIdentity::refuse));
  fs::permissions(installed_kit_path(state_), fs::perms::others_read, fs::perm_options::add);
  EXPECT_FALSE(load_installed_kit(state_));
}

TEST_F(InstalledKit, TravelsAsAFileThatOnlyThePassphraseOpens) {
  const Kit made = kit("host-1");
  ASSERT_TRUE(write_kit_file(made, file_, passphrase, random_, quick));
  const auto file = read_whole_file(file_, 1 << 20);
  ASSERT_TRUE(file);
  EXPECT_EQ(as_text(*file).find("drill.example"), std::string_view::npos);
  EXPECT_FALSE(read_kit_file(file_, "incorrect horse"));
  const auto read = read_kit_file(file_, passphrase);
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_EQ(encode_kit(*read), encode_kit(made));
}

TEST_F(InstalledKit, FileOverwritesAKitButNoOtherFile) {
  const Kit made = kit("host-1");
  ASSERT_TRUE(write_kit_file(made, file_, passphrase, random_, quick));
  ASSERT_TRUE(write_kit_file(made, file_, passphrase, random_, quick));
  const fs::path keys = authority_ / "authority.pem";
  EXPECT_FALSE(write_kit_file(made, keys, passphrase, random_, quick));
  EXPECT_TRUE(AuthorityDirectory::open(authority_, AuthorityDirectory::Access::read, random_));
}

TEST_F(InstalledKit, FileIsNotMadeWithAShortPassphrase) {
  EXPECT_FALSE(write_kit_file(kit("host-1"), file_, "1234567", random_, quick));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(InstalledKit, LeavesNothingBesideItWhenWritingFails) {
  ASSERT_TRUE(make_private_directory(state_));
  fs::create_directories(installed_kit_path(state_));  // a directory is in the way of the rename
  EXPECT_FALSE(write_file_atomically(installed_kit_path(state_), as_bytes("x"), mode_private));
  EXPECT_EQ(std::distance(fs::directory_iterator{state_}, fs::directory_iterator{}), 1);
}

TEST_F(InstalledKit, FileThatIsNotThereOrCannotBeNamesTheRemedy) {
  const auto read = read_kit_file(file_, passphrase);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().sentence, file_.string() +
                                       ": cannot read: No such file or directory; is that the "
                                       "right name?");
  const fs::path nowhere = directory_.path() / "none" / "host-1.kit";
  const auto written = write_kit_file(kit("host-1"), nowhere, passphrase, random_, quick);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().sentence, nowhere.string() +
                                          ": cannot write: No such file or directory; make its "
                                          "folder first, or choose another");
}

TEST_F(InstalledKit, PassphraseIsTheFirstLineOfItsFile) {
  const fs::path secret = directory_.path() / "secret";
  ASSERT_TRUE(write_file_atomically(secret, as_bytes("two words\r\nmore\n"), mode_private));
  EXPECT_EQ(passphrase_from_file(secret).value(), "two words");
  ASSERT_TRUE(write_file_atomically(secret, as_bytes("\n"), mode_private));
  EXPECT_FALSE(passphrase_from_file(secret));
  EXPECT_FALSE(passphrase_from_file(directory_.path() / "absent"));
}

}  // namespace
}  // namespace muster::security
