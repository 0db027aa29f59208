// SPDX-License-Identifier: Apache-2.0
// What lies at the nodes closest to its name: it gets there, stays there and is found.
#include <gtest/gtest.h>

#include "tests/support/placed_network.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;
using test::PlacedNetwork;
using Outcome = LookUps::Outcome;

constexpr std::size_t users = 20;

std::string user(std::size_t number) { return "user-" + std::to_string(number) + "@drill.example"; }

void register_all(PlacedNetwork& net) {
  for (std::size_t i = 0; i < users; ++i) {
    net.at(i % net.size()).put(net.now(), Kind::sip_binding, user(i), as_bytes("here"), 10h);
  }
}

TEST(Placement, TakesTwentyCopiesToSurviveTheLossOfHalf) {
  EXPECT_EQ(copies_for(0.3, 1 - 1e-6), 12U);
  EXPECT_EQ(copies_for(0.5, 1 - 1e-6), 20U);
  EXPECT_EQ(copies_for(0.7, 1 - 1e-6), 39U);
}

TEST(Placement, PutsARecordAtTheClosestNodesAndNowhereElse) {
  PlacedNetwork net(40, 1, 0);
  register_all(net);
  net.run_for(1s);
  for (std::size_t i = 0; i < users; ++i) {
    EXPECT_GE(net.holders(user(i)), 20U);
    EXPECT_LE(net.holders(user(i)), 21U);  // and its writer
  }
}

TEST(Placement, EveryRecordIsFoundFromEverywhereAtHalfOfAllDatagramsLost) {
  PlacedNetwork net(40, 2, 0.5);
  register_all(net);
  net.run_for(10s);
  for (std::size_t i = 0; i < users; ++i) {
    for (std::size_t asker = 0; asker < net.size(); asker += 7) {
      const auto answer = net.look_up(asker, user(i));
      EXPECT_EQ(answer.outcome, Outcome::found);
      EXPECT_LE(net.took(), 3s);
    }
  }
}

TEST(Placement, SaysThatThereIsNoneWhenAllWhoWouldKnowHaveSaidSo) {
  PlacedNetwork net(40, 3, 0.3);
  register_all(net);
  net.run_for(5s);
  const auto answer = net.look_up(5, "nobody@drill.example");
  EXPECT_EQ(answer.outcome, Outcome::absent);
  EXPECT_EQ(answer.silent, 0U);
}

TEST(Placement, DoesNotSayThatThereIsNoneWhileOneWhoMightKnowIsSilent) {
  PlacedNetwork net(40, 4, 0);
  net.run_for(1s);
  for (std::size_t i = 0; i < net.size(); i += 2) net.silence(i);
  const auto answer = net.look_up(1, "nobody@drill.example");
  EXPECT_EQ(answer.outcome, Outcome::unknown);
  EXPECT_GT(answer.silent, 0U);
}

TEST(Placement, SurvivesTheDeathOfHalfOfTheNodes) {
  PlacedNetwork net(60, 5, 0.3);
  register_all(net);
  net.run_for(5s);
  for (std::size_t i = 1; i < net.size(); i += 2) net.kill(i);
  for (std::size_t i = 0; i < users; ++i) {
    EXPECT_EQ(net.look_up(0, user(i)).outcome, Outcome::found) << user(i);
  }
}

TEST(Placement, IsRepairedByTheHoldersWhenTheWriterIsDead) {
  PlacedNetwork net(60, 6, 0.2);
  net.at(3).put(net.now(), Kind::sip_binding, user(0), as_bytes("here"), 10h);
  net.run_for(3s);
  net.kill(3);
  // One after the other, with time in between: without repair nobody would be left.
  std::size_t killed = 0;
  for (std::size_t i = 0; i < net.size() && killed < 30; ++i) {
    if (!net.alive(i) || net.at(i).find(Kind::sip_binding, user(0)).empty()) continue;
    net.kill(i);
    ++killed;
    net.run_for(40s);
  }
  EXPECT_EQ(killed, 30U);
  EXPECT_GE(net.holders(user(0)), 15U);
}

TEST(Placement, FindsWhatTheOtherHalfWroteFiveSecondsAfterTwoHalvesMeetAgain) {
  PlacedNetwork net(60, 7, 0.3);
  net.run_for(1s);
  net.part([](std::size_t i) { return static_cast<unsigned>(i % 2); });
  net.run_for(60s);
  register_all(net);
  net.run_for(60s);
  net.part([](std::size_t) { return 0U; });
  net.run_for(5s);
  for (std::size_t i = 0; i < users; ++i) {
    EXPECT_EQ(net.look_up((i + 1) % 2, user(i)).outcome, Outcome::found) << user(i);
  }
}

TEST(Placement, ANewerVersionReplacesTheOldAtItsHolders) {
  PlacedNetwork net(40, 8, 0.3);
  register_all(net);
  net.run_for(3s);
  net.at(0).put(net.now(), Kind::sip_binding, user(0), as_bytes("there"), 10h);
  net.run_for(5s);
  for (std::size_t i = 0; i < net.size(); ++i) {
    for (const auto& found : net.at(i).find(Kind::sip_binding, user(0))) {
      EXPECT_EQ(as_text(found.value), "there");
    }
  }
}

TEST(Placement, LiarsWhoSayThatThereIsNoneDoNotHideWhatOthersHold) {
  PlacedNetwork net(60, 9, 0.3);
  register_all(net);
  net.run_for(5s);
  for (std::size_t i = 0; i < net.size(); i += 5) net.make_liar(i);
  for (std::size_t i = 0; i < users; ++i) {
    for (const std::size_t asker : {1U, 22U, 43U}) {
      EXPECT_EQ(net.look_up(asker, user(i)).outcome, Outcome::found);
    }
  }
}

TEST(Placement, SilenceOfAFifthOfTheNodesHidesNothing) {
  PlacedNetwork net(60, 15, 0.3);
  register_all(net);
  net.run_for(5s);
  for (std::size_t i = 0; i < net.size(); i += 5) net.silence(i);
  for (std::size_t i = 0; i < users; ++i) {
    for (const std::size_t asker : {1U, 22U, 43U}) {
      EXPECT_EQ(net.look_up(asker, user(i)).outcome, Outcome::found);
    }
  }
}

TEST(Placement, LiarsAtAllHoldersOfANameDoNotHideItWhileAHomeOfTheUserIsThere) {
  PlacedNetwork net(60, 16, 0.3);
  net.make_home(7);
  net.at(3).put(net.now(), Kind::sip_binding, user(0), as_bytes("here"), 10h);
  net.run_for(5s);
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (i != 3 && i != 7 && !net.at(i).find(Kind::sip_binding, user(0)).empty()) net.make_liar(i);
  }
  net.vanish(3);
  for (std::size_t asker = 0; asker < net.size(); ++asker) {
    if (!net.alive(asker)) continue;
    EXPECT_EQ(net.look_up(asker, user(0)).outcome, Outcome::found) << asker;
  }
}

TEST(Placement, AMemberThatStoresWithoutPauseIsTakenAtItsRateOnly) {
  PlacedNetwork net(5, 17, 0);
  const NodeId flooder = net.id(1);
  const auto before = net.at(0).records();
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const auto body = Record::encode_body(
        {{Kind::sip_binding, user(i % 300), flooder}, {1, i + 1}, 10h, false, Bytes(100, 1)});
    const auto signature = test::fake_signature(flooder, Record::signed_text(*body));
    net.at(0).receive_from_node(net.now(), flooder, encode(Store{{i, 0}, {{0, *body, signature}}}));
  }
  EXPECT_LE(net.at(0).records() - before, DirectoryLimits{}.records_per_writer_max);
  EXPECT_GT(net.at(0).counters().too_often, 4000U);
}

TEST(Placement, AnswersThatNobodyAskedForAndForgedOnesStoreNothing) {
  PlacedNetwork net(5, 18, 0);
  const auto before = net.at(0).records();
  const auto body = Record::encode_body({{Kind::sip_binding, user(1), net.id(1)},
                                         {9, 9},
                                         10h,
                                         false,
                                         to_bytes(as_bytes("elsewhere"))});
  const auto signed_by = [&](std::size_t who) {
    return test::fake_signature(net.id(who), Record::signed_text(*body));
  };
  net.at(0).receive_from_node(net.now(), net.id(1),
                              encode(Found{{4711, 0}, true, {{0, *body, signed_by(1)}}}));
  EXPECT_EQ(net.at(0).counters().unasked_answers, 1U);
  net.at(0).receive_from_node(net.now(), net.id(2),
                              encode(Store{{4711, 0}, {{0, *body, signed_by(2)}}}));
  EXPECT_EQ(net.at(0).counters().bad_signature, 1U);
  EXPECT_EQ(net.at(0).records(), before);
}

TEST(Placement, WhatWasLookedUpIsForgottenInTime) {
  PlacedNetwork net(60, 10, 0);
  register_all(net);
  net.run_for(2s);
  const auto before = net.holders(user(0));
  for (std::size_t asker = 0; asker < net.size(); ++asker) (void)net.look_up(asker, user(0));
  EXPECT_EQ(net.holders(user(0)), net.size());
  net.run_for(2min);
  EXPECT_EQ(net.holders(user(0)), before);
}

TEST(Placement, IsWhatNodesComeToByThemselvesWhenAllIsTooMuchForEverybody) {
  DirectoryLimits limits;
  limits.spread.to_all_bytes_max = 4000;
  PlacedNetwork net(40, 12, 0.3, limits);
  register_all(net);
  net.run_for(5s);
  for (std::size_t i = 0; i < net.size(); ++i) EXPECT_EQ(net.at(i).spread(), Spread::closest);
  EXPECT_EQ(net.look_up(7, user(2)).outcome, Outcome::found);
  EXPECT_LT(net.holders(user(2)), 30U);
}

TEST(Placement, IsEstimatedWellEnoughByEveryNode) {
  PlacedNetwork net(60, 13, 0);
  for (std::size_t i = 0; i < 200; ++i) {
    net.at(i % net.size()).put(net.now(), Kind::sip_binding, user(i), Bytes(100, 1), 10h);
  }
  net.run_for(5s);
  std::size_t all = 0;
  for (std::size_t i = 0; i < 200; ++i) all += 100 + 2 + user(i).size() + 33 + 64;
  for (const auto& record : net.at(0).all(Kind::node)) all += 35 + record.resource.size() + 64;
  for (std::size_t i = 0; i < net.size(); ++i) {
    EXPECT_GT(net.at(i).bytes_of_all(), all / 2);
    EXPECT_LT(net.at(i).bytes_of_all(), all * 2);
  }
}

TEST(Placement, OneThatReplicatesToEverybodyStillFindsAndIsFoundAmongThoseWhoPlace) {
  PlacedNetwork net(60, 14, 0.3);
  register_all(net);
  net.run_for(5s);
  net.at(3).set_spread(net.now(), Spread::everybody);
  net.run_for(1min);
  for (std::size_t i = 0; i < users; ++i) {
    EXPECT_EQ(net.look_up(3, user(i)).outcome, Outcome::found) << user(i);
  }
  net.at(3).put(net.now(), Kind::sip_binding, "late@drill.example", as_bytes("here"), 10h);
  net.run_for(5s);
  EXPECT_EQ(net.look_up(22, "late@drill.example").outcome, Outcome::found);
}

TEST(Placement, GoesBackToEverybodyWithoutForgettingAnything) {
  PlacedNetwork net(30, 11, 0);
  register_all(net);
  net.run_for(2s);
  const auto held = net.at(3).records();
  net.at(3).set_spread(net.now(), Spread::everybody);
  net.run_for(1h);
  EXPECT_EQ(net.at(3).records(), held);
  EXPECT_EQ(net.look_up(3, "nobody@drill.example").outcome, Outcome::absent);
}

}  // namespace
}  // namespace muster::overlay
