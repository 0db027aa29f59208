// SPDX-License-Identifier: Apache-2.0
#include "node/diagnosis.hpp"

namespace muster::node {
namespace {

using Level = Finding::Level;

TEST(Diagnosis, AClockOutsideTheCertificateIsAWarningAndNoMore) {
  EXPECT_EQ(judge_clock({1000, 500, 2000}).level, Level::ok);
  EXPECT_EQ(judge_clock({100, 500, 2000}).level, Level::warning);
  EXPECT_EQ(judge_clock({3000, 500, 2000}).level, Level::warning);
  EXPECT_FALSE(judge_clock({100, 500, 2000}).remedy.empty());
}

TEST(Diagnosis, ADiskFailsWhenNothingMoreCanBeKept) {
  EXPECT_EQ(judge_disk({10ull << 30, false}).level, Level::ok);
  EXPECT_EQ(judge_disk({100ull << 20, false}).level, Level::warning);
  EXPECT_EQ(judge_disk({1ull << 20, false}).level, Level::failure);
  EXPECT_EQ(judge_disk({10ull << 30, true}).level, Level::failure);
}

TEST(Diagnosis, AnInterfaceNamesWhatItLacks) {
  EXPECT_THAT(judge_interface({"wlan0", false, false, false, false}).text,
              testing::HasSubstr("no such interface"));
  EXPECT_THAT(judge_interface({"wlan0", true, false, false, false}).remedy,
              testing::HasSubstr("ip link set wlan0 up"));
  EXPECT_EQ(judge_interface({"wlan0", true, true, false, true}).level, Level::warning);
  EXPECT_EQ(judge_interface({"wlan0", true, true, true, false}).level, Level::failure);
  EXPECT_EQ(judge_interface({"wlan0", true, true, true, true}).level, Level::ok);
}

TEST(Diagnosis, DiscoveryNeedsOneWayOfFindingSomebody) {
  EXPECT_EQ(judge_discovery({AvahiUse::automatic, false, true, false}).text,
            "beacons, mDNS by the node itself");
  EXPECT_EQ(judge_discovery({AvahiUse::automatic, true, false, true}).text,
            "no beacons, mDNS by avahi-daemon, static peers");
  EXPECT_EQ(judge_discovery({AvahiUse::daemon, false, true, false}).level, Level::warning);
  EXPECT_EQ(judge_discovery({AvahiUse::daemon, false, false, false}).level, Level::failure);
  EXPECT_EQ(judge_discovery({AvahiUse::off, true, false, false}).level, Level::failure);
  EXPECT_EQ(judge_discovery({AvahiUse::off, false, false, true}).level, Level::ok);
  EXPECT_EQ(judge_discovery({AvahiUse::off, false, false, false, true}).text, "no beacons, DNS");
}

TEST(Diagnosis, HealthIsARealWriteAndRead) {
  HealthReport health;
  EXPECT_EQ(judge_health(health).level, Level::failure);
  health.put = true;
  EXPECT_EQ(judge_health(health).level, Level::failure);
  health.got = true;
  EXPECT_EQ(judge_health(health).level, Level::ok);
  health = {};
  health.listening = true;
  EXPECT_EQ(judge_health(health).level, Level::warning);
}

TEST(Diagnosis, NoNeighbourOrAPoorOneIsAWarning) {
  PeerReport peer;
  peer.up = true;
  peer.delivery_ratio = 0.9;
  EXPECT_EQ(judge_neighbours({}).level, Level::warning);
  EXPECT_EQ(judge_neighbours({peer}).level, Level::ok);
  peer.delivery_ratio = 0.3;
  EXPECT_EQ(judge_neighbours({peer}).level, Level::warning);
  peer.up = false;
  EXPECT_EQ(judge_neighbours({peer}).level, Level::warning);
}

TEST(Diagnosis, ALinkThatIsDownFailsWithItsReason) {
  LinkReport link;
  link.link = "wlan0";
  link.trouble = "there is no such interface";
  EXPECT_EQ(judge_links({}).level, Level::failure);
  EXPECT_THAT(judge_links({link}).text, testing::HasSubstr("no such interface"));
  link.up = true;
  EXPECT_EQ(judge_links({link}).level, Level::ok);
}

TEST(Diagnosis, OnlyCountersThatNeedAPersonAreFindings) {
  StatusReport status;
  status.counters = {{"sip.malformed", 9}, {"directory.clones", 0}};
  EXPECT_TRUE(judge_counters(status).empty());
  status.counters = {{"directory.clones", 1}, {"messages.refused_over_quota", 2}};
  const auto findings = judge_counters(status);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_TRUE(any_failure(findings));
  EXPECT_THAT(findings[0].remedy, testing::HasSubstr("--replace"));
}

}  // namespace
}  // namespace muster::node
