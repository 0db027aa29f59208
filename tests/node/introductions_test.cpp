// SPDX-License-Identifier: Apache-2.0
#include "node/introductions.hpp"

#include <gtest/gtest.h>

#include "tests/support/test_overlay.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;

class Introduced : public ::testing::Test {
 protected:
  [[nodiscard]] security::TrustStore trust(const security::Kit& kit) const {
    return security::trust_store_of(kit, nullptr, nullptr);
  }
  [[nodiscard]] static wire::NodeRecord record_of(const Introductions& introductions) {
    wire::NodeRecord record{"host", "musterd"};
    introductions.state(record);
    return record;
  }

  TimePoint now{1h};
  test::TestOverlay overlay{3};
};

TEST_F(Introduced, NamesCertificatesThatAllKitsHoldInsteadOfPublishingThem) {
  const auto store = trust(overlay.kits[0]);
  const Introductions mine(overlay.kits[0], store);
  EXPECT_TRUE(mine.needless());
  EXPECT_EQ(record_of(mine).certificates.size(), 2u);
}

TEST_F(Introduced, PublishesWhereKitsHaveNoRoster) {
  overlay.kits[0].roster.clear();
  const auto store = trust(overlay.kits[0]);
  const Introductions mine(overlay.kits[0], store);
  EXPECT_FALSE(mine.needless());
  EXPECT_TRUE(record_of(mine).certificates.empty());
}

TEST_F(Introduced, NamesCertificatesOfARosterThatNodesHaveInCommon) {
  const auto common = std::make_shared<security::TrustStore>(trust(overlay.kits[1]));
  overlay.kits[0].roster.clear();
  const auto store = security::trust_store_of(overlay.kits[0], nullptr, nullptr, common);
  const Introductions mine(overlay.kits[0], store);
  EXPECT_TRUE(mine.needless());
  EXPECT_EQ(record_of(mine).certificates.size(), 2u);
}

TEST_F(Introduced, WantsNothingOfThoseItKnows) {
  const auto first = trust(overlay.kits[0]);
  const auto second = trust(overlay.kits[1]);
  const Introductions theirs(overlay.kits[0], first);
  Introductions mine(overlay.kits[1], second);
  EXPECT_FALSE(mine.heard(now, security::node_id_of(overlay.kits[0]), record_of(theirs)));
  EXPECT_FALSE(mine.advance(now + 1h));
  EXPECT_TRUE(record_of(mine).wants.empty());
}

TEST_F(Introduced, WantsWhatIsNamedAndNotKnownAndGetsItOnce) {
  const auto first = trust(overlay.kits[0]);
  Introductions theirs(overlay.kits[0], first);
  overlay.kits[1].roster = {overlay.kits[0].node_certificate_der};  // but not that of the user
  const auto second = trust(overlay.kits[1]);
  Introductions mine(overlay.kits[1], second);
  const NodeId them = security::node_id_of(overlay.kits[0]);
  EXPECT_FALSE(mine.heard(now, them, record_of(theirs)));
  ASSERT_TRUE(mine.deadline().has_value());
  EXPECT_FALSE(mine.advance(now + 1s)) << "it may be on its way";
  EXPECT_TRUE(mine.advance(now + 10s));
  EXPECT_EQ(record_of(mine).wants, std::vector<NodeId>{them});
  const NodeId me = security::node_id_of(overlay.kits[1]);
  EXPECT_TRUE(theirs.heard(now, me, record_of(mine)));
  EXPECT_FALSE(theirs.heard(now, me, record_of(mine)));
}

TEST_F(Introduced, WantsToKnowWritersNobodyHasIntroduced) {
  overlay.kits[1].roster.clear();
  const auto second = trust(overlay.kits[1]);
  Introductions mine(overlay.kits[1], second);
  const NodeId them = security::node_id_of(overlay.kits[0]);
  mine.unknown(now, them);
  EXPECT_TRUE(mine.advance(now + 10s));
  EXPECT_EQ(record_of(mine).wants, std::vector<NodeId>{them});
}

TEST_F(Introduced, WantsNoMoreThanARecordHasRoomFor) {
  overlay.kits[1].roster.clear();
  const auto second = trust(overlay.kits[1]);
  Introductions mine(overlay.kits[1], second);
  for (std::uint8_t i = 1; i < 100; ++i) {
    NodeId node;
    node.octets = {i};
    mine.unknown(now, node);
  }
  EXPECT_TRUE(mine.advance(now + 10s));
  EXPECT_EQ(record_of(mine).wants.size(), wire::NodeRecord::wants_max);
}

}  // namespace
}  // namespace muster::node
