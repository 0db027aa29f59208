// SPDX-License-Identifier: Apache-2.0
#include "security/session_table.hpp"

#include "tests/security/session_world.hpp"

namespace muster::security {
namespace {

using namespace std::chrono_literals;
using test::SessionWorld;

std::vector<DatagramType> types(const SessionWorld& world) {
  std::vector<DatagramType> all;
  for (const auto& sent : world.sent) all.push_back(static_cast<DatagramType>(sent.datagram[0]));
  return all;
}

bool contains(const SessionWorld& world, DatagramType type) {
  return std::ranges::count(types(world), type) > 0;
}

void two_nodes(SessionWorld& world, bool acquainted) {
  world.add(1);
  world.add(2);
  if (acquainted) world.know_all();
}

TEST(SessionTable, MeetsAStrangerByXxWithItsCertificate) {
  SessionWorld world;
  two_nodes(world, false);
  world.connect(1, 2);
  world.run(1s);
  ASSERT_TRUE(world.linked(1, 2));
  EXPECT_EQ(types(world), (std::vector{DatagramType::xx_first, DatagramType::xx_second,
                                       DatagramType::xx_third, DatagramType::data}));
  const std::vector<std::size_t> sizes{57, 129 + 500, 97 + 500, session_overhead_bytes};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(world.sent.at(i).datagram.size(), sizes[i]) << i;
  }
  EXPECT_EQ(world[1].established.at(0).peer, SessionWorld::id(2));
  EXPECT_EQ(world[2].established.at(0).peer, SessionWorld::id(1));
}

TEST(SessionTable, MeetsAnAcquaintanceByIkInTwoFramesOfAtMost200Octets) {
  SessionWorld world;
  two_nodes(world, true);
  world.connect(2, 1);
  world.run(1s);
  ASSERT_TRUE(world.linked(1, 2));
  EXPECT_EQ(types(world), (std::vector{DatagramType::ik_first, DatagramType::ik_second,
                                       DatagramType::probe, DatagramType::data}));
  for (const auto& sent : world.sent) EXPECT_LE(sent.datagram.size(), 200U);
}

TEST(SessionTable, CarriesFramesBothWays) {
  SessionWorld world;
  two_nodes(world, true);
  world.connect(1, 2);
  world.run(1s);
  EXPECT_TRUE(world.say(1, 2, "there"));
  EXPECT_TRUE(world.say(2, 1, "and back"));
  EXPECT_EQ(world.sent.back().datagram.size(), 8 + session_overhead_bytes);
  world.run(1s);
  ASSERT_EQ(world[2].frames.size(), 1U);
  EXPECT_EQ(as_text(world[2].frames[0].frame), "there");
  EXPECT_EQ(world[2].frames[0].peer, SessionWorld::id(1));
  ASSERT_EQ(world[1].frames.size(), 1U);
  EXPECT_EQ(as_text(world[1].frames[0].frame), "and back");
}

TEST(SessionTable, HasNoDatagramForAnUnknownPeer) {
  SessionWorld world;
  two_nodes(world, true);
  EXPECT_FALSE(world.say(1, 2, "early"));
  EXPECT_FALSE(world[1].table->path(SessionWorld::id(2)));
}

TEST(SessionTable, StartsOneHandshakeHoweverOftenItIsTold) {
  SessionWorld world;
  two_nodes(world, true);
  for (int i = 0; i < 5; ++i) world.connect(1, 2);
  EXPECT_EQ(world.sent.size(), 1U);
  world.run(1s);
  const auto sent = world.sent.size();
  world.connect(1, 2);
  world.connect(2, 1);
  world.run(1s);
  EXPECT_EQ(world.sent.size(), sent);
}

TEST(SessionTable, GoesOnWithXxWhenIkIsRefused) {
  SessionWorld world;
  two_nodes(world, true);
  world[2].verifier->forget_all();
  world.connect(1, 2);
  world.run(1s);
  EXPECT_TRUE(world.linked(1, 2));
  EXPECT_TRUE(contains(world, DatagramType::refusal));
  EXPECT_TRUE(contains(world, DatagramType::xx_third));
}

TEST(SessionTable, GoesOnWithXxWhenIkStaysUnanswered) {
  SessionWorld world;
  two_nodes(world, true);
  world.dropped = [](const SessionWorld::Sent& sent) {
    return sent.datagram[0] == static_cast<std::uint8_t>(DatagramType::ik_first);
  };
  world.connect(1, 2);
  world.run(10s);
  EXPECT_TRUE(world.linked(1, 2));
}

TEST(SessionTable, SaysSoWhenNobodyAnswers) {
  SessionWorld world;
  two_nodes(world, true);
  world.loss = 1;
  world.connect(1, 2);
  world.run(2min);
  ASSERT_EQ(world[1].failed.size(), 1U);
  EXPECT_EQ(world[1].failed[0].path, SessionWorld::at(2));
  EXPECT_EQ(world[1].failed[0].reason, SessionTable::Reason::unanswered);
  EXPECT_FALSE(world[1].table->deadline());
}

TEST(SessionTable, SaysSoWhenTheCertificateIsNotOfThisOverlay) {
  SessionWorld world;
  two_nodes(world, false);
  world[2].local.certificate_der = to_bytes("self-made");
  world.start(2);
  world.connect(1, 2);
  world.run(2min);
  EXPECT_FALSE(world.linked(1, 2));
  ASSERT_EQ(world[1].failed.size(), 1U);
  EXPECT_EQ(world[1].failed[0].reason, SessionTable::Reason::certificate_refused);
}

TEST(SessionTable, SaysSoWhenAnotherNodeHasTheAddress) {
  SessionWorld world;
  two_nodes(world, false);
  world.add(3);
  world[1].table->connect(world.now, SessionWorld::id(3), SessionWorld::at(2));
  world.connect(1, 1);  // nobody meets himself: this only drains
  world.run(2min);
  ASSERT_EQ(world[1].failed.size(), 1U);
  EXPECT_EQ(world[1].failed[0].reason, SessionTable::Reason::wrong_peer);
}

TEST(SessionTable, RefusesACertificateOfAnotherKey) {
  for (const bool acquainted : {true, false}) {
    SessionWorld world;
    two_nodes(world, acquainted);
    world[2].local.x25519_private = Key32{0, 77};  // has node 2's certificate, not its key
    world.start(2);
    world.connect(2, 1);
    world.run(2min);
    EXPECT_TRUE(world[1].established.empty());
    EXPECT_TRUE(world[2].established.empty());
    EXPECT_GT(world[1].table->counters().refused_certificates, 0U);
  }
}

TEST(SessionTable, IsSilentTowardsStrangers) {
  SessionWorld world;
  two_nodes(world, true);
  world[2].local.discovery_key = Key32{1};
  world.start(2);
  world.connect(2, 1);
  world.run(2min);
  for (const auto& sent : world.sent) EXPECT_EQ(sent.from, 2);
  EXPECT_GT(world[1].table->counters().wrong_mac, 0U);
}

TEST(SessionTable, SettlesOnOneSessionWhenBothBeginAtOnce) {
  for (const bool acquainted : {true, false}) {
    SessionWorld world;
    two_nodes(world, acquainted);
    world.connect(1, 2);
    world.connect(2, 1);
    world.run(10s);
    ASSERT_TRUE(world.linked(1, 2));
    EXPECT_EQ(world[1].established.size(), 1U);
    EXPECT_EQ(world[2].established.size(), 1U);
    EXPECT_GE(world[1].table->counters().crossed_handshakes, 1U);
  }
}

TEST(SessionTable, SettlesOnTheLowerNodesSessionWhenBothComeThrough) {
  SessionWorld world;
  two_nodes(world, true);
  bool first_of_2_lost = false;
  world.dropped = [&](const SessionWorld::Sent& sent) {
    const auto type = static_cast<DatagramType>(sent.datagram[0]);
    if (sent.from == 2 && type == DatagramType::ik_first) {
      return !std::exchange(first_of_2_lost, true);
    }
    return sent.from == 1 && type == DatagramType::probe && world.now < TimePoint{3s};
  };
  world.connect(1, 2);
  world.connect(2, 1);
  world.run(10s);
  ASSERT_EQ(world[1].established.size(), 1U);
  ASSERT_EQ(world[2].established.size(), 2U);
  world.say(1, 2, "x");
  world.say(2, 1, "x");
  world.run(1s);
  EXPECT_EQ(world[1].frames.at(0).session, world[1].established.back().session);
  EXPECT_EQ(world[2].frames.at(0).session, world[2].established.back().session);
}

TEST(SessionTable, TellsThatThePeerHasRestartedAndLinksAgain) {
  SessionWorld world;
  two_nodes(world, true);
  world.connect(1, 2);
  world.run(1s);
  world.start(2);
  world.reconnect(1, 2);
  world.run(1s);
  ASSERT_TRUE(world.linked(1, 2));
  ASSERT_EQ(world[1].established.size(), 2U);
  EXPECT_FALSE(world[1].established[0].peer_restarted);
  EXPECT_TRUE(world[1].established[1].peer_restarted);
  EXPECT_FALSE(world[2].established[1].peer_restarted);
}

TEST(SessionTable, KeepsTheOldSessionUntilTheNewOneStands) {
  SessionWorld world;
  two_nodes(world, true);
  world.connect(1, 2);
  world.run(1s);
  world.dropped = [](const SessionWorld::Sent& sent) { return sent.datagram[0] < 16; };
  world.reconnect(1, 2);
  world.run(10s);
  EXPECT_TRUE(world.say(1, 2, "still here"));
  world.run(1s);
  EXPECT_EQ(world[2].frames.size(), 1U);
}

TEST(SessionTable, RenewsASessionByAgeWithoutLosingAFrame) {
  SessionWorld world;
  two_nodes(world, true);
  world.connect(1, 2);
  world.run(1s);
  std::size_t said = 0;
  for (int minute = 0; minute < 600; ++minute) {
    ASSERT_TRUE(world.say(1, 2, "x")) << minute;
    ASSERT_TRUE(world.say(2, 1, "x")) << minute;
    ++said;
    world.run(1min);
  }
  EXPECT_EQ(world[1].frames.size(), said);
  EXPECT_EQ(world[2].frames.size(), said);
  EXPECT_EQ(world[1].established.size(), 6U);  // at the start and every two hours
  EXPECT_FALSE(world[1].established.back().peer_restarted);
}

TEST(SessionTable, RenewsASessionByFrames) {
  SessionWorld world(1);
  world.limits.renew_after_frames = 100;
  world.add(1);
  world.add(2);
  world.know_all();
  world.connect(1, 2);
  world.run(1s);
  for (int i = 0; i < 150; ++i) world.say(1, 2, "x");
  world.run(1s);
  EXPECT_EQ(world[2].frames.size(), 150U);
  EXPECT_EQ(world[1].established.size(), 2U);
}

TEST(SessionTable, LinksByIkOverALinkThatIsSlowerThanItsTries) {
  SessionWorld world;
  two_nodes(world, true);
  world.delay = 3s;
  world.connect(1, 2);
  world.run(10s);
  EXPECT_TRUE(world.linked(1, 2));
  EXPECT_FALSE(contains(world, DatagramType::xx_third));
}

TEST(SessionTable, SendsNothingMoreWhenToldTheTimeAgain) {
  SessionWorld world;
  two_nodes(world, true);
  world.connect(1, 2);
  for (int i = 0; i < 10; ++i) world[1].table->advance(world.now);
  EXPECT_FALSE(world[1].table->poll());
  world[1].table->advance(*world[1].table->deadline() + 1h);  // late: one try, not many
  EXPECT_TRUE(world[1].table->poll());
  EXPECT_FALSE(world[1].table->poll());
}

TEST(SessionTable, KeepsTheSessionsItHeardLastWhenThereAreTooMany) {
  SessionWorld world;
  world.limits.sessions_max = 3;
  for (std::uint8_t number = 1; number <= 6; ++number) world.add(number);
  world.know_all();
  for (std::uint8_t number = 2; number <= 6; ++number) {
    world.connect(1, number);
    world.run(1s);
  }
  EXPECT_EQ(world[1].table->counters().evicted, 2U);
  EXPECT_FALSE(world[1].table->path(SessionWorld::id(2)));
  EXPECT_FALSE(world[1].table->path(SessionWorld::id(3)));
  for (std::uint8_t number = 4; number <= 6; ++number) EXPECT_TRUE(world.say(1, number, "x"));
}

TEST(SessionTable, BeginsNoMoreHandshakesThanItsLimit) {
  SessionWorld world;
  world.limits.initiations_max = 5;
  world.add(1);
  world.loss = 1;
  for (std::uint8_t number = 2; number <= 20; ++number) world.connect(1, number);
  EXPECT_EQ(world.sent.size(), 5U);
  EXPECT_EQ(world[1].table->counters().over_limit, 14U);
}

TEST(SessionTable, NeedsNoSecondPathToAPeerItHears) {
  SessionWorld world;
  two_nodes(world, true);
  world.connect(1, 2);
  world.run(1s);
  const auto sent = world.sent.size();
  world[1].table->connect(world.now, SessionWorld::id(2), SessionWorld::at(22));
  EXPECT_FALSE(world[1].table->poll());
  world.run(1min);
  world[1].table->connect(world.now, SessionWorld::id(2), SessionWorld::at(22));
  EXPECT_TRUE(world[1].table->poll());
  EXPECT_EQ(world.sent.size(), sent);
}

TEST(SessionTable, FollowsAPeerThatMoves) {
  SessionWorld world;
  two_nodes(world, true);
  world.connect(1, 2);
  world.run(1s);
  const auto datagram = world[2].table->seal(world.now, SessionWorld::id(1), as_bytes("moved"));
  world.inject(22, 1, *datagram);
  EXPECT_EQ(world[1].table->path(SessionWorld::id(2)), SessionWorld::at(22));
}

TEST(SessionTable, UsesTheSessionThatThePeerUsesWhenItsOwnStaysSilent) {
  SessionWorld world;
  two_nodes(world, true);
  world.connect(1, 2);
  world.run(1s);
  world.dropped = [](const SessionWorld::Sent& sent) {
    return sent.datagram[0] == static_cast<std::uint8_t>(DatagramType::probe);
  };
  world.reconnect(1, 2);  // node 1 has a second session, node 2 never hears of it
  world.run(6s);
  ASSERT_EQ(world[1].established.size(), 2U);
  world.say(2, 1, "under the first");
  world.run(1s);
  world.say(1, 2, "under the first");
  world.run(1s);
  ASSERT_EQ(world[2].frames.size(), 1U);
  EXPECT_EQ(world[2].frames[0].session, world[2].established.at(0).session);
}

TEST(SessionTable, IsNotLedAwayByAnOldFrameThatComesFromElsewhere) {
  SessionWorld world;
  two_nodes(world, true);
  world.connect(1, 2);
  world.run(1s);
  const auto held_back = world[2].table->seal(world.now, SessionWorld::id(1), as_bytes("one"));
  world.say(2, 1, "two");
  world.run(1s);
  world.inject(99, 1, *held_back);
  EXPECT_EQ(world[1].frames.size(), 2U);
  EXPECT_EQ(world[1].table->path(SessionWorld::id(2)), SessionWorld::at(2));
}

TEST(SessionTableOnASlowLink, AsksAFewTimesFarApartAndSendsNoCertificateToSilence) {
  SessionWorld world;
  world.add(1);
  world.add(2);
  world.know_all();
  world.loss = 1;
  world[1].table->set_pace(LinkId{0}, 2s);
  world.connect(1, 2);
  EXPECT_EQ(world[1].table->handshakes_on(LinkId{0}), 1u);
  EXPECT_EQ(world[1].table->handshakes_on(LinkId{1}), 0u);
  world.run(10min);
  EXPECT_LE(world.sent.size(), 6u);
  for (const auto& sent : world.sent) {
    EXPECT_EQ(sent.datagram[0], static_cast<std::uint8_t>(DatagramType::ik_first));
  }
  EXPECT_EQ(world[1].failed.size(), 1u);
  EXPECT_EQ(world[1].table->handshakes_on(LinkId{0}), 0u);
}

}  // namespace
}  // namespace muster::security
