// SPDX-License-Identifier: Apache-2.0
#include "tests/support/field_network.hpp"
#include "tests/support/field_phones.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using test::FieldNetwork;
using test::FieldPhones;
using test::SipPhone;
using Texts = std::vector<std::string>;

constexpr std::size_t alice = 0;
constexpr std::size_t bob = 1;
constexpr std::size_t carol = 2;

/// Alice, bob and carol in a row, every tenth frame lost; carol is cut off when alice writes to
/// him, so that the message is kept and travels sealed once he is back.
class SealedMail : public testing::TestWithParam<std::uint64_t> {
 protected:
  SealedMail() : network(3, GetParam(), {0.1, 3ms}), phones(network) {
    network.chain();
    phones.register_all(3);
  }
  void SetUp() override {
    ASSERT_TRUE(network.run_until(
        [&] { return network.status(alice).users == 3 && network.converged(); }, 30s))
        << seed();
    cut_off_carol();
    network.run_for(10s);
  }
  void cut_off_carol() { network.part(bob, carol); }
  void join_carol() { network.join(bob, carol); }
  void write(const std::string& text) {
    phones.tell(alice, [&](SipPhone& phone, TimePoint now) {
      phone.message(now, "sip:carol@drill.example", text);
    });
    network.run_for(6s);
    ASSERT_EQ(phones.at(alice).status_of("MESSAGE"), 202u) << seed();
  }
  bool shown(std::size_t count, Duration patience) {
    return network.run_until([&] { return phones.at(carol).shown.size() == count; }, patience);
  }
  bool settled(Duration patience) {
    return network.run_until([&] { return network.status(alice).messages_waiting == 0; }, patience);
  }
  void restart_carol() {
    network.start(carol);
    phones.tell(carol, [](SipPhone& phone, TimePoint now) { phone.register_at(now); });
  }
  [[nodiscard]] std::uint64_t counter(std::size_t host, const std::string& name) const {
    for (const auto& each : network.status(host).counters) {
      if (each.name == name) return each.value;
    }
    ADD_FAILURE() << "no counter " << name;
    return 0;
  }
  [[nodiscard]] std::string seed() const { return "seed " + std::to_string(GetParam()); }

  FieldNetwork network;
  FieldPhones phones;
};

TEST_P(SealedMail, IsOpenedAtTheRecipientsNodeAndEndedByHisReceipt) {
  write("wait for us");
  EXPECT_EQ(counter(alice, "post.sealed"), 0u) << seed();
  join_carol();
  ASSERT_TRUE(settled(30s)) << seed();
  EXPECT_EQ(phones.at(carol).shown, Texts{"wait for us"}) << seed();
  EXPECT_EQ(counter(alice, "post.sealed"), 1u) << seed();
  EXPECT_GE(counter(carol, "post.opened"), 1u) << seed();
  EXPECT_EQ(counter(alice, "post.receipts"), 1u) << seed();
  EXPECT_EQ(counter(alice, "post.forged") + counter(carol, "post.forged"), 0u) << seed();
}

TEST_P(SealedMail, IsShownOnceWhenTheReceiptIsLostWithTheNode) {
  write("once");
  join_carol();
  ASSERT_TRUE(shown(1, 30s)) << seed();
  cut_off_carol();
  network.run_for(1s);  // the phone's 200 is on stable storage, the receipt goes nowhere
  network.kill(carol);
  network.run_for(5s);
  ASSERT_EQ(network.status(alice).messages_waiting, 1u) << seed();
  restart_carol();
  join_carol();
  EXPECT_TRUE(settled(90s)) << seed();
  EXPECT_EQ(phones.at(carol).shown, Texts{"once"}) << seed();
}

TEST_P(SealedMail, IsRepeatedWithIdenticalIdentifiersWhenTheNodeDiesBeforeThePhoneHasAnswered) {
  write("twice at worst");
  join_carol();
  ASSERT_TRUE(shown(1, 30s)) << seed();
  network.kill(carol);
  network.run_for(5s);
  restart_carol();
  ASSERT_TRUE(settled(90s)) << seed();
  const auto& requests = phones.at(carol).messages;
  ASSERT_EQ(requests.size(), 2u) << seed();
  for (const char* name : {"From", "To", "Call-ID", "CSeq"}) {
    EXPECT_EQ(requests[0].header(name), requests[1].header(name)) << name << ", " << seed();
  }
}

TEST_P(SealedMail, SurvivesTheDeathOfItsOriginBeforeTheReceipt) {
  write("from a node that dies");
  join_carol();
  ASSERT_TRUE(shown(1, 30s)) << seed();
  network.kill(alice);
  network.run_for(5s);
  network.start(alice);
  EXPECT_TRUE(settled(60s)) << seed();
  EXPECT_EQ(phones.at(carol).shown, Texts{"from a node that dies"}) << seed();
}

TEST_P(SealedMail, ReachesARecipientWhoseNodeLostItsDisk) {
  write("to a new disk");
  network.kill(carol);
  network.restore(carol, {});
  restart_carol();
  network.run_for(10s);
  join_carol();
  EXPECT_TRUE(settled(60s)) << seed();
  EXPECT_EQ(phones.at(carol).shown, Texts{"to a new disk"}) << seed();
}

TEST_P(SealedMail, ReachesARecipientWhoseNodeWasRestoredFromACopy) {
  const auto copy = network.disk(carol);
  write("before");
  join_carol();
  ASSERT_TRUE(settled(30s)) << seed();
  network.run_for(
      10s);  // what is still being repeated would be new to a node that has forgotten it
  network.kill(carol);
  network.restore(carol, copy);
  restart_carol();
  cut_off_carol();
  network.run_for(10s);
  write("after");
  join_carol();
  EXPECT_TRUE(settled(90s)) << seed();
  EXPECT_EQ(phones.at(carol).shown, (Texts{"before", "after"})) << seed();
}

TEST_P(SealedMail, WaitsWhileThePhoneRefusesForNow) {
  phones.at(carol).script.message_status = 480;
  write("later");
  join_carol();
  network.run_for(20s);
  EXPECT_EQ(network.status(alice).messages_waiting, 1u) << seed();
  phones.at(carol).script.message_status = 200;
  EXPECT_TRUE(settled(60s)) << seed();
  EXPECT_EQ(phones.at(carol).shown, Texts{"later"}) << seed();
}

TEST_P(SealedMail, IsGivenUpWhenThePhoneRefusesForGood) {
  phones.at(carol).script.message_status = 415;
  write("unreadable");
  join_carol();
  EXPECT_TRUE(settled(30s)) << seed();
  EXPECT_EQ(counter(alice, "post.receipts"), 0u) << seed();
  EXPECT_EQ(network.ask<std::vector<MessageReport>>(alice, Question::messages).at(0).state,
            "rejected")
      << seed();
}

TEST_P(SealedMail, ComesInOrderAndOnceEach) {
  const Texts texts{"one", "two", "three"};
  for (const auto& text : texts) write(text);
  join_carol();
  EXPECT_TRUE(settled(60s)) << seed();
  EXPECT_EQ(phones.at(carol).shown, texts) << seed();
  EXPECT_EQ(counter(alice, "post.receipts"), 3u) << seed();
}

INSTANTIATE_TEST_SUITE_P(Seeds, SealedMail, testing::Range<std::uint64_t>(1, 4));

}  // namespace
}  // namespace muster::node
