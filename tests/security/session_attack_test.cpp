// SPDX-License-Identifier: Apache-2.0
#include "security/session_table.hpp"
#include "tests/security/session_world.hpp"

namespace muster::security {
namespace {

using namespace std::chrono_literals;
using test::SessionWorld;

void linked_nodes(SessionWorld& world, bool acquainted) {
  world.add(1);
  world.add(2);
  if (acquainted) world.know_all();
  world.connect(1, 2);
  world.run(1s);
}

void expect_alive(SessionWorld& world) {
  const auto before = world[2].frames.size();
  EXPECT_TRUE(world.say(1, 2, "alive"));
  EXPECT_TRUE(world.say(2, 1, "alive"));
  world.run(1s);
  EXPECT_EQ(world[2].frames.size(), before + 1);
}

TEST(SessionUnderAttack, AFrameCountsOnceHoweverOftenItIsSent) {
  SessionWorld world(5);
  linked_nodes(world, true);
  world.say(1, 2, "once");
  world.run(1s);
  const Bytes frame = world.sent.back().datagram;
  for (int i = 0; i < 3; ++i) world.inject(1, 2, frame);
  EXPECT_EQ(world[2].frames.size(), 1U);
  EXPECT_EQ(world[2].table->counters().replayed_frames, 3U);
}

TEST(SessionUnderAttack, AForgedFrameMovesNothing) {
  SessionWorld world(5);
  linked_nodes(world, true);
  Bytes frame = *world[1].table->seal(world.now, SessionWorld::id(2), as_bytes("text"));
  for (std::size_t i = 0; i < frame.size(); ++i) {
    Bytes forged = frame;
    forged[i] ^= 1;
    if (i == 0) continue;  // data becomes probe, which the associated data covers: see below
    world.inject(99, 2, forged);
  }
  frame[0] = static_cast<std::uint8_t>(DatagramType::probe);
  world.inject(99, 2, frame);
  EXPECT_TRUE(world[2].frames.empty());
  EXPECT_EQ(world[2].table->path(SessionWorld::id(1)), SessionWorld::at(1));
  expect_alive(world);
}

TEST(SessionUnderAttack, ReplayingAWholeHandshakeDoesNotEndTheSession) {
  for (const bool acquainted : {true, false}) {
    SessionWorld world(5);
    linked_nodes(world, acquainted);
    const auto recorded = world.sent;
    world.run(10s);
    for (int round = 0; round < 3; ++round) {
      for (const auto& old : recorded) world.inject(99, old.to, old.datagram);
    }
    world.run(1min);
    EXPECT_EQ(world[1].established.size(), 1U);
    EXPECT_EQ(world[2].established.size(), 1U);
    EXPECT_EQ(world[2].table->path(SessionWorld::id(1)), SessionWorld::at(1));
    expect_alive(world);
  }
}

TEST(SessionUnderAttack, ReplayingAHandshakeToARestartedNodeGivesNoSession) {
  SessionWorld world(5);
  linked_nodes(world, true);
  const auto recorded = world.sent;
  world.start(2);
  world[2].established.clear();
  for (const auto& old : recorded) world.inject(99, old.to, old.datagram);
  world.run(1min);
  EXPECT_TRUE(world[2].established.empty());
  EXPECT_FALSE(world[2].table->path(SessionWorld::id(1)));
  world.reconnect(1, 2);
  world.run(1s);
  expect_alive(world);
}

TEST(SessionUnderAttack, AnOldFirstMessageIsRefusedWhenItsSessionIsLongForgotten) {
  SessionWorld world(5);
  linked_nodes(world, true);
  const Bytes old_first = world.sent.front().datagram;
  world.reconnect(1, 2);
  world.run(5min);
  const auto before = world.sent.size();
  world.inject(99, 2, old_first);
  EXPECT_EQ(world[2].table->counters().replayed_handshakes, 1U);
  ASSERT_EQ(world.sent.size(), before + 1);
  EXPECT_EQ(world.sent.back().datagram[0], static_cast<std::uint8_t>(DatagramType::refusal));
  expect_alive(world);
}

/// First messages that were never answered, as somebody may have collected them on the air.
std::vector<Bytes> collected_first_messages(std::size_t count) {
  SessionWorld crowd(77);
  crowd.loss = 1;
  crowd.add(1);
  crowd.add(2);
  for (std::size_t i = 0; i < count; ++i) {
    crowd.start(1);
    crowd.connect(1, 2);
  }
  std::vector<Bytes> all;
  for (const auto& sent : crowd.sent) all.push_back(sent.datagram);
  return all;
}

std::size_t sent_of_type(const SessionWorld& world, DatagramType type, std::size_t since) {
  return static_cast<std::size_t>(std::count_if(
      world.sent.begin() + static_cast<std::ptrdiff_t>(since), world.sent.end(),
      [&](const auto& sent) { return sent.datagram[0] == static_cast<std::uint8_t>(type); }));
}

TEST(SessionUnderAttack, AFloodOfFirstMessagesIsAnsweredAtABoundedRate) {
  SessionWorld world(5);
  linked_nodes(world, false);
  const auto before = world.sent.size();
  for (const auto& flood : collected_first_messages(1000)) world.inject(99, 2, flood);
  EXPECT_LE(sent_of_type(world, DatagramType::xx_second, before), 25U);
  EXPECT_GE(sent_of_type(world, DatagramType::cookie, before), 900U);
  // Nobody can be made to say more than was said.
  for (auto at = before; at < world.sent.size(); ++at) {
    if (world.sent[at].datagram[0] != static_cast<std::uint8_t>(DatagramType::cookie)) continue;
    EXPECT_LE(world.sent[at].datagram.size(), 57U);
  }
  expect_alive(world);
}

class Newcomer : public testing::TestWithParam<bool> {};

TEST_P(Newcomer, GetsThroughAFloodFromInventedAddressesByItsCookie) {
  SessionWorld world(5);
  world.add(1);
  world.add(2);
  if (GetParam()) world.know_all();
  const auto flood = collected_first_messages(500);
  const auto before = world.sent.size();
  std::size_t next = 0;
  std::uint8_t invented = 10;
  for (int round = 0; round < 300; ++round) {
    for (int each = 0; each < 10; ++each) {
      world.inject(invented, 2, flood[next++ % flood.size()]);
      invented = invented == 255 ? 10 : invented + 1;
    }
    if (round == 100) world.connect(1, 2);
    world.run(10ms);
  }
  EXPECT_TRUE(world.linked(1, 2));
  EXPECT_GE(world[1].table->counters().cookies_received, 1U);
  EXPECT_EQ(sent_of_type(world, DatagramType::cookied, before), 1U);
  EXPECT_LE(sent_of_type(world, DatagramType::xx_second, before), 25U * 4 + 1);
  expect_alive(world);
}

INSTANTIATE_TEST_SUITE_P(SessionUnderAttack, Newcomer, testing::Bool(),
                         [](const auto& each) { return each.param ? "Acquainted" : "Unknown"; });

TEST(SessionUnderAttack, ACookieIsWorthNothingAtAnotherAddress) {
  SessionWorld world(5);
  world.add(1);
  world.add(2);
  for (const auto& flood : collected_first_messages(30)) world.inject(99, 2, flood);
  world.connect(1, 2);
  world.run(20ms);
  const auto cookied = std::ranges::find_if(world.sent, [](const auto& sent) {
    return sent.datagram[0] == static_cast<std::uint8_t>(DatagramType::cookied);
  });
  ASSERT_NE(cookied, world.sent.end());
  const Bytes datagram = cookied->datagram;
  for (const auto& flood : collected_first_messages(60)) world.inject(99, 2, flood);
  const auto before = world.sent.size();
  world.inject(98, 2, datagram);
  ASSERT_EQ(world.sent.size(), before + 1);
  EXPECT_EQ(world.sent.back().datagram[0], static_cast<std::uint8_t>(DatagramType::cookie));
}

TEST(SessionUnderAttack, ACookieForAnotherHandshakeOrDamagedIsCountedAndDropped) {
  SessionWorld world(5);
  world.loss = 1;
  world.add(1);
  world.add(2);
  for (const auto& flood : collected_first_messages(30)) world.inject(99, 2, flood);
  world.connect(1, 2);
  const Bytes first = world.sent.back().datagram;
  world.inject(1, 2, first);
  Bytes cookie = world.sent.back().datagram;
  ASSERT_EQ(cookie[0], static_cast<std::uint8_t>(DatagramType::cookie));
  for (std::size_t i = 5; i < cookie.size(); ++i) {
    Bytes damaged = cookie;
    damaged[i] ^= 1;
    world.inject(2, 1, damaged);
  }
  world.inject(2, 1, BytesView(cookie).first(20));
  EXPECT_EQ(world[1].table->counters().unreadable_cookies, cookie.size() - 5);
  EXPECT_EQ(world[1].table->counters().malformed, 1U);
  EXPECT_EQ(world[1].table->counters().cookies_received, 0U);
  const auto before = world.sent.size();
  for (int i = 0; i < 5; ++i) world.inject(2, 1, cookie);
  EXPECT_EQ(world.sent.size(), before + 1);
}

TEST(SessionUnderAttack, AnOldFirstMessageIsRefusedByARestartedNode) {
  SessionWorld world(5);
  linked_nodes(world, true);
  const Bytes old_first = world.sent.front().datagram;
  world.start(2);
  world.inject(99, 2, old_first);
  EXPECT_EQ(world[2].table->counters().replayed_handshakes, 1U);
  EXPECT_EQ(world.sent.back().datagram[0], static_cast<std::uint8_t>(DatagramType::refusal));
}

TEST(SessionUnderAttack, AFirstMessageThatCannotBeRememberedIsRefusedAndXxGoesOn) {
  SessionWorld world(5);
  world.add(1);
  world.add(2);
  world.know_all();
  world[2].state.fail = true;
  world.connect(1, 2);
  world.run(1s);
  EXPECT_TRUE(world.linked(1, 2));
  EXPECT_EQ(sent_of_type(world, DatagramType::refusal, 0), 1U);
  EXPECT_EQ(world[2].table->number_counters().write_failures, 1U);
}

TEST(SessionUnderAttack, RandomOctetsAndBrokenHandshakesAreCountedAndDropped) {
  SessionWorld world(5);
  linked_nodes(world, false);
  const auto recorded = world.sent;
  SeededRandom random(3);
  world.inject(99, 2, {});
  for (int i = 0; i < 3000; ++i) {
    Bytes datagram = recorded[random.below(recorded.size())].datagram;
    datagram.resize(random.below(datagram.size() + 10));
    for (auto& octet : datagram) {
      if (random.below(8) == 0) octet = static_cast<std::uint8_t>(random.next());
    }
    world.inject(99, 2, datagram);
  }
  EXPECT_EQ(world[2].established.size(), 1U);
  expect_alive(world);
}

TEST(SessionUnderAttack, AMemberWithAnInvalidCertificateCannotEndAnothersHandshake) {
  SessionWorld world(3);
  world.add(1);
  world.add(2);
  world.add(3);
  world[3].local.certificate_der = to_bytes("self-made");
  world.start(3);
  world.connect(1, 2);
  // Node 3 answers the first message too, and faster.
  const Bytes first = world.sent.front().datagram;
  world.inject(1, 3, first);
  world.inject(3, 1, world.sent.back().datagram);
  EXPECT_EQ(world[1].table->counters().refused_certificates, 1U);
  world.run(5s);
  EXPECT_TRUE(world.linked(1, 2));
}

}  // namespace
}  // namespace muster::security
