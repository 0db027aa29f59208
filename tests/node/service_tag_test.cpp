// SPDX-License-Identifier: Apache-2.0
#include "node/service_tag.hpp"

namespace muster::node {
namespace {

constexpr std::string_view name = "0123456789abcdef";

TEST(ServiceTag, IsTheSameForNodesOfOneOverlay) {
  const security::Key32 key{1};
  EXPECT_EQ(service_tag_of(key)(name), service_tag_of(key)(name));
  EXPECT_EQ(service_tag_of(key)(name).size(), 16u);
}

TEST(ServiceTag, DiffersByOverlayAndByName) {
  const security::Key32 key{1};
  EXPECT_NE(service_tag_of(key)(name), service_tag_of(security::Key32{2})(name));
  EXPECT_NE(service_tag_of(key)(name), service_tag_of(key)("0123456789abcdee"));
}

}  // namespace
}  // namespace muster::node
