// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

#include "core/base/seeded_random.hpp"
#include "security/io/authority_directory.hpp"
#include "security/io/openssl_random.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::security {
namespace {

namespace fs = std::filesystem;

/// Runs `work` in a child process, which does nothing else.
template <typename Work>
pid_t in_child(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  return child;
}

class AuthorityProcesses : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(AuthorityDirectory::init(path_, "drill.example", random_, 0));
  }
  /// Makes nodes "PREFIX-1", "PREFIX-2", ... opening the authority for each.
  void make_nodes(const std::string& prefix, int count) {
    for (int i = 1; i <= count; ++i) {
      auto authority = AuthorityDirectory::open(path_, AuthorityDirectory::Access::write, random_);
      if (!authority || !authority->add_node(prefix + "-" + std::to_string(i), false, 0)) {
        ::_exit(1);
      }
    }
  }
  /// Every node there is whole: files, keys and certificates fit.
  std::vector<AuthorityNode> whole_nodes() {
    const auto authority =
        AuthorityDirectory::open(path_, AuthorityDirectory::Access::read, random_);
    EXPECT_TRUE(authority);
    const auto nodes = authority->nodes();
    EXPECT_TRUE(nodes) << nodes.error().sentence;
    for (const auto& node : *nodes) {
      const auto kit = authority->kit_for(node.name);
      EXPECT_TRUE(kit) << kit.error().sentence;
    }
    return *nodes;
  }
  static std::set<std::uint64_t> serials(const std::vector<AuthorityNode>& nodes) {
    std::set<std::uint64_t> all;
    for (const auto& node : nodes) all.insert(read_certificate(node.certificate_der)->serial);
    return all;
  }

  test::TemporaryDirectory directory_;
  fs::path path_ = directory_.path() / "authority";
  OpensslRandom random_;
};

TEST_F(AuthorityProcesses, AtTheSameTimeNeverGiveASerialTwice) {
  std::vector<pid_t> children;
  for (const std::string prefix : {"a", "b", "c", "d"}) {
    children.push_back(in_child([&] { make_nodes(prefix, 5); }));
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const auto nodes = whole_nodes();
  EXPECT_EQ(nodes.size(), 20U);
  EXPECT_EQ(serials(nodes).size(), 20U);
}

TEST_F(AuthorityProcesses, KilledAtAnyMomentLeaveOnlyWholeIdentities) {
  constexpr std::uint64_t seed = 5;
  SeededRandom random{seed};
  for (int round = 0; round < 20; ++round) {
    const pid_t child = in_child([&] { make_nodes("round-" + std::to_string(round), 1'000'000); });
    // Killed once it has made a node or two, a random number of looks later.
    const fs::path first = path_ / "nodes" / ("round-" + std::to_string(round) + "-1.pem");
    while (!fs::exists(first)) ::sched_yield();
    for (std::uint64_t looks = random.below(2000); looks > 0; --looks) {
      static_cast<void>(fs::exists(first));
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  }
  const auto nodes = whole_nodes();
  EXPECT_GE(nodes.size(), 20U) << "seed " << seed;
  EXPECT_EQ(serials(nodes).size(), nodes.size());
}

}  // namespace
}  // namespace muster::security
