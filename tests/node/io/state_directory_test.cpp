// SPDX-License-Identifier: Apache-2.0
#include "node/io/state_directory.hpp"

#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temporary_directory.hpp"

namespace muster::node {
namespace {

class StateOfNode : public testing::Test {
 protected:
  void write_version(const std::string& text) const {
    std::ofstream{directory_.path() / "VERSION"} << text;
  }
  [[nodiscard]] std::string version() const {
    std::ifstream file{directory_.path() / "VERSION"};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  [[nodiscard]] std::string refusal() const {
    const auto opened = StateDirectory::open(directory_.path());
    return opened ? "opened" : opened.error().sentence;
  }
  test::TemporaryDirectory directory_;
};

TEST_F(StateOfNode, GetsItsVersionAtTheFirstStart) {
  EXPECT_EQ(StateDirectory::version_of(directory_.path()), 0u);
  ASSERT_TRUE(StateDirectory::open(directory_.path()));
  EXPECT_EQ(version(), std::to_string(state_version) + "\n");
  EXPECT_TRUE(StateDirectory::open(directory_.path()));
}

TEST_F(StateOfNode, IsMadePrivateWhenItComesFromBeforeVersions) {
  ASSERT_EQ(chmod(directory_.path().c_str(), 0755), 0);
  ASSERT_TRUE(StateDirectory::open(directory_.path()));
  struct stat status {};
  ASSERT_EQ(stat(directory_.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(StateOfNode, OfANewerMusterIsRefusedAndLeftAlone) {
  write_version("999\n");
  EXPECT_THAT(refusal(), testing::AllOf(testing::HasSubstr(directory_.path().string()),
                                        testing::HasSubstr("newer Muster (version 999"),
                                        testing::HasSubstr("install that again")));
  EXPECT_EQ(version(), "999\n");
}

TEST_F(StateOfNode, WithADamagedVersionIsRefused) {
  for (const char* text : {"", "0\n", "one\n", "-1\n", "1 2\n", "99999999999999999999\n"}) {
    write_version(text);
    EXPECT_THAT(refusal(), testing::HasSubstr("VERSION is damaged")) << text;
  }
}

TEST_F(StateOfNode, IsHeldByOneMusterdOnly) {
  {
    const auto first = StateDirectory::open(directory_.path());
    ASSERT_TRUE(first);
    EXPECT_THAT(refusal(), testing::HasSubstr("process number " + std::to_string(getpid())));
  }
  EXPECT_EQ(refusal(), "opened");
}

TEST_F(StateOfNode, ThatCannotBeLookedIntoIsNotTakenForANewOne) {
  const auto loop = directory_.path() / "loop";  // which hinders root as well
  std::filesystem::create_symlink(loop, loop);
  const auto version = StateDirectory::version_of(loop);
  ASSERT_FALSE(version);
  EXPECT_THAT(version.error().sentence, testing::HasSubstr("cannot be read"));
}

TEST_F(StateOfNode, ThatIsNotThereNamesTheRemedy) {
  const auto opened = StateDirectory::open(directory_.path() / "none");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().sentence, testing::HasSubstr("muster kit install"));
}

}  // namespace
}  // namespace muster::node
