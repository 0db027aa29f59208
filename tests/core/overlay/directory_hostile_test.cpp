// SPDX-License-Identifier: Apache-2.0
// A member may lie: what it says must not be stored, answered or forwarded unless it is genuine.
#include <gtest/gtest.h>

#include "core/overlay/directory.hpp"
#include "tests/support/directory_network.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;
using test::DirectoryNetwork;

struct Made {
  Bytes body;
  Bytes signature;
};

Made make(const NodeId& writer, Version version, std::string_view resource, std::string_view value,
          std::chrono::seconds lifetime = 1h) {
  const auto body = *Record::encode_body(
      {{Kind::node, std::string(resource), writer}, version, lifetime, false, to_bytes(value)});
  return {body, test::fake_signature(writer, Record::signed_text(body))};
}

Bytes message(const Made& made, std::uint32_t age_s = 0) {
  return encode(Records{{{age_s, made.body, made.signature}}});
}

/// One node between a hostile neighbour (which speaks only through `say`) and a good one.
class DirectoryUnderAttack : public testing::Test {
 protected:
  explicit DirectoryUnderAttack(DirectoryLimits limits = {}) : net(1, limits) {
    net.add(2);
    net.connect(0, 1);
    net.run_for(3s);
    net.at(0).neighbour_up(net.now(), hostile);
    net.run_for(1s);
  }
  void say(const Bytes& bytes) {
    net.at(0).receive(net.now(), hostile, bytes);
    net.run_for(100ms);
  }
  [[nodiscard]] std::size_t held() { return net.at(0).records(); }

  DirectoryNetwork net;
  NodeId hostile = test::node_id(666);
  NodeId victim = test::node_id(5);
};

TEST_F(DirectoryUnderAttack, TakesAndForwardsAGenuineRecord) {
  say(message(make(victim, {1, 1}, "n", "v")));
  EXPECT_EQ(net.at(1).find(Kind::node, "n").size(), 1U);
  EXPECT_EQ(net.at(0).counters().accepted, 1U);
}

TEST_F(DirectoryUnderAttack, DropsAForgedSignature) {
  auto made = make(victim, {1, 1}, "n", "v");
  made.signature[0] ^= 1;
  say(message(made));
  EXPECT_EQ(held(), 0U);
  EXPECT_EQ(net.at(1).records(), 0U);
  EXPECT_EQ(net.at(0).counters().bad_signature, 1U);
}

TEST_F(DirectoryUnderAttack, DropsARecordUnderAnotherWritersName) {
  auto made = make(victim, {1, 1}, "n", "v");
  made.signature = test::fake_signature(hostile, Record::signed_text(made.body));
  say(message(made));
  EXPECT_EQ(held(), 0U);
}

TEST_F(DirectoryUnderAttack, DropsAChangedBody) {
  auto made = make(victim, {1, 1}, "n", "v");
  made.body.back() ^= 1;
  say(message(made));
  EXPECT_EQ(held(), 0U);
}

TEST_F(DirectoryUnderAttack, DropsASignatureMadeForAnotherPurpose) {
  auto made = make(victim, {1, 1}, "n", "v");
  made.signature = test::fake_signature(victim, made.body);
  say(message(made));
  EXPECT_EQ(held(), 0U);
}

TEST_F(DirectoryUnderAttack, DropsWhatThePolicyForbids) {
  say(message(make(victim, {1, 1}, "forbidden", "v")));
  net.node(0).policy.shut_out.insert(hostile);
  say(message(make(hostile, {1, 1}, "n", "v")));
  EXPECT_EQ(held(), 0U);
  EXPECT_EQ(net.at(0).counters().not_allowed, 2U);
}

TEST_F(DirectoryUnderAttack, DoesNotGoBackToAReplayedOlderVersion) {
  const auto old = make(victim, {1, 1}, "n", "old");
  say(message(old));
  say(message(make(victim, {1, 2}, "n", "new")));
  say(message(old));
  EXPECT_EQ(as_text(net.at(0).find(Kind::node, "n").at(0).value), "new");
  EXPECT_EQ(net.at(0).counters().known, 1U);
}

TEST_F(DirectoryUnderAttack, DoesNotTakeAnExpiredRecordAgainAsYoung) {
  const auto made = make(victim, {1, 1}, "n", "v", 60s);
  say(message(made));
  net.run_for(61s);
  EXPECT_EQ(held(), 0U);
  say(message(made, 0));
  EXPECT_EQ(held(), 0U);
  EXPECT_EQ(net.at(0).counters().expired, 1U);
}

TEST_F(DirectoryUnderAttack, DoesNotTakeAnExpiredRecordAgainAfterARestart) {
  const auto made = make(victim, {1, 1}, "n", "v", 60s);
  say(message(made));
  net.run_for(61s);
  net.kill(0);
  net.boot(0);
  net.at(0).neighbour_up(net.now(), hostile);
  say(message(made, 0));
  EXPECT_EQ(held(), 0U);
}

TEST_F(DirectoryUnderAttack, TakesAWritersLeapIntoTheFuture) {
  say(message(make(victim, {0xfffffff0, 1}, "n", "leap")));
  EXPECT_EQ(held(), 1U);
  say(message(make(victim, {1, 1}, "n", "back")));
  EXPECT_EQ(as_text(net.at(0).find(Kind::node, "n").at(0).value), "leap");
}

TEST_F(DirectoryUnderAttack, DropsLifetimesBeyondTheLimit) {
  say(message(make(victim, {1, 1}, "n", "v", std::chrono::seconds{0xffffffff})));
  EXPECT_EQ(held(), 0U);
  EXPECT_EQ(net.at(0).counters().over_limits, 1U);
}

TEST_F(DirectoryUnderAttack, DropsAStrangersQuestions) {
  net.at(0).receive(net.now(), test::node_id(4711), encode(Want{{1, 2, 3}}));
  EXPECT_EQ(net.at(0).sync_counters().from_strangers, 1U);
}

TEST_F(DirectoryUnderAttack, JudgesRecordsOfWhomItIsNotComparedWithAsAllOthers) {
  net.at(0).receive(net.now(), test::node_id(4711), message(make(victim, {1, 1}, "n", "v")));
  EXPECT_EQ(held(), 1U);
  auto forged = make(victim, {1, 2}, "n", "forged");
  forged.signature[0] ^= 1;
  net.at(0).receive(net.now(), test::node_id(4711), message(forged));
  EXPECT_EQ(as_text(net.at(0).find(Kind::node, "n").at(0).value), "v");
  EXPECT_EQ(net.at(0).counters().bad_signature, 1U);
}

TEST_F(DirectoryUnderAttack, CountsMalformedMessagesAndRecords) {
  say(Bytes{});
  say(Bytes(9000, 6));
  auto made = make(victim, {1, 1}, "n", "v");
  made.body[0] = 9;
  say(message(made));
  EXPECT_EQ(net.at(0).sync_counters().malformed_messages, 2U);
  EXPECT_EQ(net.at(0).sync_counters().malformed_records, 1U);
}

TEST_F(DirectoryUnderAttack, IsNotMadeToForgetByDeclines) {
  const auto made = make(victim, {1, 1}, "n", "v");
  say(message(made));
  const auto item = *Record::parse(made.body, made.signature);
  test::FakeDigest digest;
  const KeyHash hash = RecordTable(digest).hash(item.key());
  say(encode(Decline{{{Decline::Reason::expired, hash, {9, 9}}}}));
  EXPECT_EQ(held(), 1U);
}

TEST_F(DirectoryUnderAttack, AnswersAListingOfLiesWithBoundedWants) {
  Listing lies{false, 0, ~KeyHash{0}, {}};
  for (std::uint64_t i = 0; i < Listing::items_max; ++i)
    lies.items.push_back({i * 7919, {1, 1}, i});
  const auto before = net.node(0).bytes_sent;
  for (int i = 0; i < 100; ++i) net.at(0).receive(net.now(), hostile, encode(lies));
  net.run_for(60s);
  EXPECT_LT(net.node(0).bytes_sent - before, 10000U);
  EXPECT_GT(net.at(0).sync_counters().want_timeouts, 0U);
}

TEST_F(DirectoryUnderAttack, DoesNotAskAtOnceAgainForWhatItRefused) {
  const auto made = make(victim, {1, 1}, "forbidden", "v");
  say(message(made));
  const auto parsed = *Record::parse(made.body, made.signature);
  test::FakeDigest digest;
  const Item item = RecordTable(digest).item(parsed);
  const auto checked = net.at(0).counters().not_allowed;
  say(encode(Offer{{item}}));
  bool asked = false;
  while (auto output = net.at(0).poll()) {
    const auto* send = std::get_if<Directory::Send>(&*output);
    asked = asked || (send && send->message[0] == 5);
  }
  EXPECT_FALSE(asked);
  EXPECT_EQ(net.at(0).counters().not_allowed, checked);
}

TEST_F(DirectoryUnderAttack, AsksAgainForWhatItRefusedOnceTrustHasChanged) {
  net.node(0).policy.shut_out.insert(net.id(1));
  net.at(1).put(net.now(), Kind::node, "n", as_bytes("v"), 1h);
  net.run_for(10s);
  EXPECT_EQ(held(), 0U);
  net.node(0).policy.shut_out.clear();
  net.at(0).trust_changed(net.now());
  net.run_for(2s);
  EXPECT_EQ(held(), 1U);
}

TEST_F(DirectoryUnderAttack, SurvivesArbitraryMessages) {
  SeededRandom random(9);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes(random.below(120));
    for (auto& octet : bytes) octet = static_cast<std::uint8_t>(random.next());
    if (!bytes.empty()) bytes[0] = static_cast<std::uint8_t>(random.below(9));
    net.at(0).receive(net.now(), hostile, bytes);
    net.at(0).advance(net.now());
    while (net.at(0).poll()) {
    }
  }
  EXPECT_EQ(held(), 0U);
  say(message(make(victim, {1, 1}, "n", "v")));
  EXPECT_EQ(net.at(1).find(Kind::node, "n").size(), 1U);
}

DirectoryLimits tight() {
  DirectoryLimits limits;
  limits.records_max = 20;
  limits.records_per_writer_max = 8;
  limits.bytes_max = 6000;
  limits.floors_max = 5;
  limits.write_rate.burst = 12;
  limits.write_rate.per_second = 1;
  return limits;
}

class DirectoryWithTightLimits : public DirectoryUnderAttack {
 protected:
  DirectoryWithTightLimits() : DirectoryUnderAttack(tight()) {}
};

TEST_F(DirectoryWithTightLimits, HoldsNoMoreThanItsShareOfOneWriter) {
  for (int i = 0; i < 12; ++i) say(message(make(victim, {1, 1}, "n" + std::to_string(i), "v")));
  EXPECT_EQ(held(), 8U);
}

TEST_F(DirectoryWithTightLimits, HoldsNoMoreRecordsAndOctetsThanItsLimits) {
  for (std::uint64_t writer = 100; writer < 140; ++writer) {
    say(message(make(test::node_id(writer), {1, 1}, "n", "v")));
  }
  EXPECT_EQ(held(), 20U);
  say(message(make(test::node_id(100), {1, 2}, "n", std::string(4000, 'x'))));
  EXPECT_LE(net.at(0).bytes(), 6000U);
}

TEST_F(DirectoryWithTightLimits, LetsOneWriterChangeThingsOnlySoOften) {
  for (std::uint32_t i = 1; i <= 30; ++i) {
    net.at(0).receive(net.now(), hostile, message(make(victim, {1, i}, "n", "v")));
  }
  EXPECT_EQ(net.at(0).counters().accepted, 12U);
  EXPECT_EQ(net.at(0).counters().too_often, 18U);
  net.run_for(5s);
  say(message(make(victim, {1, 31}, "n", "last")));
  EXPECT_EQ(as_text(net.at(0).find(Kind::node, "n").at(0).value), "last");
}

TEST_F(DirectoryWithTightLimits, RemembersABoundedNumberOfFloors) {
  for (std::uint64_t writer = 100; writer < 115; ++writer) {
    say(message(make(test::node_id(writer), {1, 1}, "n", "v", 10s)));
  }
  net.run_for(20s);
  EXPECT_EQ(held(), 0U);
  EXPECT_EQ(net.node(0).store->size(), 5U);
}

}  // namespace
}  // namespace muster::overlay
