// SPDX-License-Identifier: Apache-2.0
#include "sim/binding_index.hpp"

#include <gtest/gtest.h>

namespace muster::sim {
namespace {

TEST(BindingIndex, NamesEachHostOnceAndInOrder) {
  BindingIndex index;
  for (const HostIndex host : {7u, 2u, 7u, 5u}) index.note("alice@drill.example", host);
  EXPECT_EQ(index.of("alice@drill.example"), (std::vector<HostIndex>{2, 5, 7}));
  EXPECT_TRUE(index.of("bob@drill.example").empty());
}

TEST(BindingIndex, KnowsBindingsAmongTheRecordsOfADisk) {
  BindingIndex index;
  const NodeId writer{};
  index.stored(overlay::RecordKey{overlay::Kind::sip_binding, "alice@d", writer}.encode(), 3);
  index.stored(overlay::RecordKey{overlay::Kind::prekey, "bob@d", writer}.encode(), 3);
  index.stored(Bytes{1, 2, 3}, 3);
  EXPECT_EQ(index.of("alice@d"), std::vector<HostIndex>{3});
  EXPECT_TRUE(index.of("bob@d").empty());
}

}  // namespace
}  // namespace muster::sim
