// SPDX-License-Identifier: Apache-2.0
#include "node/node_event.hpp"

namespace muster::node {
namespace {

TEST(NodeEvent, EveryKindIsFoundByItsName) {
  for (int i = 0; i <= static_cast<int>(NodeEvent::Kind::identity_cloned); ++i) {
    const auto kind = static_cast<NodeEvent::Kind>(i);
    EXPECT_EQ(event_kind(to_string(kind)), kind);
  }
  EXPECT_FALSE(event_kind("made_up"));
}

TEST(NodeEvent, TellsPeopleFromNetwork) {
  EXPECT_TRUE(is_of_users(NodeEvent::Kind::call_offered));
  EXPECT_TRUE(is_of_users(NodeEvent::Kind::refused));
  EXPECT_FALSE(is_of_users(NodeEvent::Kind::neighbour_up));
}

}  // namespace
}  // namespace muster::node
