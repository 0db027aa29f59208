// SPDX-License-Identifier: Apache-2.0
#include "tests/support/field_network.hpp"
#include "tests/support/field_phones.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using test::FieldNetwork;
using test::FieldPhones;
using test::SipPhone;

constexpr std::size_t alice = 0;
constexpr std::size_t dave = 3;

/// The README's drill: four nodes in a row, every fifth frame lost, a phone at each node.
class ChainOfFour : public testing::TestWithParam<std::uint64_t> {
 protected:
  ChainOfFour() : network(4, GetParam(), {0.2, 3ms}), phones(network) {
    network.chain();
    phones.register_all(4);
  }

  [[nodiscard]] bool all_registered() const {
    return network.running(alice) && network.status(alice).users == 4 && network.converged();
  }
  void settle() {
    ASSERT_TRUE(network.run_until([&] { return all_registered(); }, 30s)) << seed();
  }
  void message(std::size_t from, const std::string& to, const std::string& text) {
    phones.tell(from, [&](SipPhone& phone, TimePoint now) {
      phone.message(now, "sip:" + to + "@drill.example", text);
    });
  }
  void cut_off_dave() { network.part(2, 3); }
  void join_dave() { network.join(2, 3); }
  [[nodiscard]] std::string seed() const { return "seed " + std::to_string(GetParam()); }

  FieldNetwork network;
  FieldPhones phones;
};

TEST_P(ChainOfFour, FindsEachOtherWithinThirtySeconds) { settle(); }

TEST_P(ChainOfFour, PhonesCallEachOtherAcrossThreeLossyHops) {
  settle();
  phones.tell(alice,
              [](SipPhone& phone, TimePoint now) { phone.invite(now, "sip:dave@drill.example"); });
  EXPECT_TRUE(network.run_until(
      [&] { return phones.at(alice).talking() && phones.at(dave).talking(); }, 5s))
      << seed();
  EXPECT_TRUE(phones.at(alice).saw("INVITE", 180)) << seed();
  phones.tell(alice, [](SipPhone& phone, TimePoint now) { phone.hang_up(now); });
  EXPECT_TRUE(network.run_until([&] { return phones.at(dave).byes == 1; }, 5s)) << seed();
}

TEST_P(ChainOfFour, AMessageThatArrivesIsAnsweredWith200) {
  settle();
  message(dave, "alice", "in position");
  EXPECT_TRUE(network.run_until([&] { return phones.at(dave).status_of("MESSAGE") != 0; }, 10s));
  EXPECT_EQ(phones.at(dave).status_of("MESSAGE"), 200u) << seed();
  EXPECT_EQ(phones.at(alice).shown, std::vector<std::string>{"in position"}) << seed();
}

TEST_P(ChainOfFour, MessagesAcrossAPartitionWaitAndArriveOnceInOrder) {
  settle();
  cut_off_dave();
  network.run_for(10s);
  for (const char* text : {"one", "two", "three"}) {
    message(alice, "dave", text);
    network.run_for(6s);
    EXPECT_EQ(phones.at(alice).status_of("MESSAGE"), 202u) << seed();
  }
  EXPECT_EQ(network.status(alice).messages_waiting, 3u) << seed();
  join_dave();
  EXPECT_TRUE(network.run_until([&] { return phones.at(dave).shown.size() == 3; }, 20s)) << seed();
  network.run_for(30s);
  EXPECT_EQ(phones.at(dave).shown, (std::vector<std::string>{"one", "two", "three"})) << seed();
  EXPECT_EQ(network.status(alice).messages_waiting, 0u) << seed();
}

TEST_P(ChainOfFour, ViewsConvergeWithinTenSecondsOfHealing) {
  settle();
  cut_off_dave();
  network.run_for(60s);
  EXPECT_FALSE(network.converged()) << seed();
  join_dave();
  EXPECT_TRUE(network.run_until([&] { return network.converged(); }, 10s)) << seed();
}

TEST_P(ChainOfFour, AnAcceptedMessageSurvivesTheDeathOfItsOrigin) {
  settle();
  cut_off_dave();
  network.run_for(10s);
  message(alice, "dave", "wait for us");
  network.run_for(6s);
  ASSERT_EQ(phones.at(alice).status_of("MESSAGE"), 202u) << seed();
  network.kill(alice);
  network.run_for(5s);
  network.start(alice);
  join_dave();
  EXPECT_TRUE(network.run_until([&] { return !phones.at(dave).shown.empty(); }, 30s)) << seed();
  network.run_for(30s);
  EXPECT_EQ(phones.at(dave).shown, std::vector<std::string>{"wait for us"}) << seed();
}

TEST_P(ChainOfFour, TheMeshRecoversWhenAMiddleNodeDiesAndReturns) {
  settle();
  network.kill(1);
  network.run_for(20s);
  network.start(1);
  EXPECT_TRUE(network.run_until([&] { return network.converged(); }, 15s)) << seed();
  message(alice, "dave", "back again");
  EXPECT_TRUE(network.run_until([&] { return !phones.at(dave).shown.empty(); }, 15s)) << seed();
}

TEST_P(ChainOfFour, AMessageToARestartedNodeArrives) {
  settle();
  message(alice, "dave", "before");
  // Until its end is heard of: a node that dies between showing and noting shows the message again.
  ASSERT_TRUE(network.run_until([&] { return phones.at(alice).status_of("MESSAGE") == 200; }, 10s))
      << seed();
  network.kill(dave);
  network.run_for(1s);
  network.start(dave);
  phones.tell(dave, [](SipPhone& phone, TimePoint now) { phone.register_at(now); });
  message(alice, "dave", "after");
  // The first may be shown again: the node may have died before it could say that it was shown.
  const auto& shown = phones.at(dave).shown;
  EXPECT_TRUE(network.run_until(
      [&] { return std::find(shown.begin(), shown.end(), "after") != shown.end(); }, 40s))
      << seed();
}

TEST_P(ChainOfFour, NothingOnTheAirNamesAUserOrSpeaksInTheClear) {
  std::string air;
  network.eavesdropper = [&](BytesView frame) { air.append(as_text(frame)); };
  settle();
  message(dave, "alice", "in position");
  ASSERT_TRUE(network.run_until([&] { return !phones.at(alice).shown.empty(); }, 10s)) << seed();
  for (const char* secret :
       {"alice", "dave", "drill.example", "in position", "SIP/2.0", "host-1"}) {
    EXPECT_EQ(air.find(secret), std::string::npos) << secret << ", " << seed();
  }
}

TEST_P(ChainOfFour, AnUnknownUserIsRefusedAndAnAbsentOneIsNotCalled) {
  settle();
  phones.tell(
      alice, [](SipPhone& phone, TimePoint now) { phone.invite(now, "sip:nobody@drill.example"); });
  EXPECT_TRUE(network.run_until([&] { return phones.at(alice).status_of("INVITE") != 0; }, 10s));
  EXPECT_EQ(phones.at(alice).status_of("INVITE"), 404u) << seed();
  cut_off_dave();
  network.run_for(15s);
  phones.tell(alice,
              [](SipPhone& phone, TimePoint now) { phone.invite(now, "sip:dave@drill.example"); });
  EXPECT_TRUE(network.run_until([&] { return phones.at(alice).answers.back().status == 480; }, 10s))
      << seed();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ChainOfFour, testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace muster::node
