// SPDX-License-Identifier: Apache-2.0
#include "security/identity_names.hpp"

#include <gtest/gtest.h>

namespace muster::security {
namespace {

TEST(IdentityNames, TakeDomainsOfTwoOrMoreLabelsInLowerCase) {
  EXPECT_EQ(overlay_name("Drill.Example"), "drill.example");
  EXPECT_EQ(overlay_name("a.b-c.d9"), "a.b-c.d9");
  for (const std::string bad : {"", "drill", ".drill.example", "drill.example.", "a..b", "-a.b",
                                "a-.b", "a b.c", "a_b.c", "exämple.org"}) {
    EXPECT_FALSE(overlay_name(bad)) << bad;
  }
  EXPECT_FALSE(overlay_name(std::string(64, 'a').append(".example")));
}

TEST(IdentityNames, TakeNodeNamesThatAreOneLabelButNotAll) {
  EXPECT_EQ(node_name("HOST-1"), "host-1");
  for (const std::string bad : {"", "all", "ALL", "host.1", "host_1", "-h", "h-", "../x"}) {
    EXPECT_FALSE(node_name(bad)) << bad;
  }
}

TEST(IdentityNames, KeepTheCaseOfUsersAndRefuseWhatIsNoFileName) {
  EXPECT_EQ(user_name("Alice"), "Alice");
  EXPECT_EQ(user_name("user-5"), "user-5");
  for (const std::string bad : {"", ".", "..", ".a", "-a", "a/b", "a@b", "a b", "a,b", "a%41"}) {
    EXPECT_FALSE(user_name(bad)) << bad;
  }
  EXPECT_FALSE(user_name(std::string(65, 'a')));
}

TEST(IdentityNames, ErrorsShowNoControlCharacters) {
  const auto bad = node_name("a\x1b[31mb");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().sentence.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace muster::security
