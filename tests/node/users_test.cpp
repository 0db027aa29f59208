// SPDX-License-Identifier: Apache-2.0
// Users with several phones at several nodes.
#include "tests/support/field_network.hpp"
#include "tests/support/field_phones.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using test::FieldNetwork;
using test::FieldPhones;
using test::SipPhone;

constexpr std::size_t alice = 0;
constexpr std::size_t bob = 1;

/// Three nodes in a row, every fifth frame lost. Bob is at home at host-2 and host-3.
class UserWithTwoHomes : public testing::TestWithParam<std::uint64_t> {
 protected:
  UserWithTwoHomes() : network(3, GetParam(), {0.2, 3ms}, {}, {{bob, {2}}}), phones(network) {
    network.chain();
    second = phones.add_at(2, "bob");
    registers(alice);
  }

  void registers(std::size_t phone) {
    phones.tell(phone, [](SipPhone& it, TimePoint now) { it.register_at(now); });
  }
  void alice_calls_bob() {
    phones.tell(alice,
                [](SipPhone& it, TimePoint now) { it.invite(now, "sip:bob@drill.example"); });
  }
  [[nodiscard]] std::size_t nodes_with_bob(std::size_t asked) const {
    for (const auto& user : network.ask<std::vector<UserReport>>(asked, Question::users)) {
      if (user.aor == "sip:bob@drill.example") return user.nodes.size();
    }
    return 0;
  }
  void both_are_registered() {
    registers(bob);
    registers(second);
    ASSERT_TRUE(
        network.run_until([&] { return nodes_with_bob(alice) == 2 && network.converged(); }, 30s))
        << seed();
  }
  void name_both(const std::string& instance) {
    phones.phone(bob).script.instance = instance;
    phones.phone(second).script.instance = instance;
  }
  [[nodiscard]] std::string seed() const { return "seed " + std::to_string(GetParam()); }

  FieldNetwork network;
  FieldPhones phones;
  std::size_t second = 0;  ///< bob's other phone, at host-3
};

TEST_P(UserWithTwoHomes, BothPhonesRingTheFirstToAnswerWinsAndTheOtherStops) {
  both_are_registered();
  phones.phone(bob).script.invite_status = 0;  // rings for ever
  phones.phone(second).script.answer_after = 2s;
  alice_calls_bob();
  EXPECT_TRUE(network.run_until([&] { return phones.phone(bob).rang.size() == 1; }, 2s)) << seed();
  EXPECT_TRUE(network.run_until(
      [&] { return phones.phone(alice).talking() && phones.phone(second).talking(); }, 5s))
      << seed();
  EXPECT_TRUE(network.run_until([&] { return phones.phone(bob).cancels == 1; }, 5s)) << seed();
  EXPECT_FALSE(phones.phone(bob).talking());
  phones.tell(alice, [](SipPhone& it, TimePoint now) { it.hang_up(now); });
  EXPECT_TRUE(network.run_until([&] { return phones.phone(second).byes == 1; }, 5s)) << seed();
}

TEST_P(UserWithTwoHomes, ABusyPhoneDoesNotKeepTheOtherFromRinging) {
  both_are_registered();
  phones.phone(bob).script.invite_status = 486;
  phones.phone(second).script.answer_after = 3s;
  alice_calls_bob();
  EXPECT_TRUE(network.run_until([&] { return phones.phone(alice).talking(); }, 8s)) << seed();
  EXPECT_EQ(phones.phone(alice).status_of("INVITE"), 200u) << seed();
}

TEST_P(UserWithTwoHomes, WhenAllAreBusyTheCallerHears486) {
  both_are_registered();
  phones.phone(bob).script.invite_status = 486;
  phones.phone(second).script.invite_status = 486;
  alice_calls_bob();
  EXPECT_TRUE(network.run_until([&] { return phones.phone(alice).status_of("INVITE") != 0; }, 8s));
  EXPECT_EQ(phones.phone(alice).status_of("INVITE"), 486u) << seed();
}

TEST_P(UserWithTwoHomes, TheCallersCancelStopsBothAndIsAnsweredWith487) {
  both_are_registered();
  phones.phone(bob).script.invite_status = 0;
  phones.phone(second).script.invite_status = 0;
  alice_calls_bob();
  ASSERT_TRUE(network.run_until(
      [&] { return phones.phone(bob).rang.size() + phones.phone(second).rang.size() == 2; }, 4s))
      << seed();
  phones.tell(alice, [](SipPhone& it, TimePoint now) { it.cancel(now); });
  EXPECT_TRUE(network.run_until(
      [&] { return phones.phone(bob).cancels == 1 && phones.phone(second).cancels == 1; }, 5s))
      << seed();
  EXPECT_TRUE(network.run_until([&] { return phones.phone(alice).status_of("INVITE") == 487; }, 5s))
      << seed();
}

TEST_P(UserWithTwoHomes, APhoneThatMovesIsReachableThereWithinFiveSeconds) {
  name_both("urn:uuid:00000000-0000-1000-8000-000a95a0e128");
  registers(bob);
  ASSERT_TRUE(
      network.run_until([&] { return nodes_with_bob(alice) == 1 && network.converged(); }, 30s))
      << seed();
  network.run_for(60s);
  phones.phone(bob).script.silent = true;  // carried away
  registers(second);
  network.run_for(4s);
  EXPECT_EQ(nodes_with_bob(alice), 1u) << "the old binding is superseded, " << seed();
  alice_calls_bob();
  EXPECT_TRUE(network.run_until([&] { return phones.phone(second).talking(); }, 1s)) << seed();
}

TEST_P(UserWithTwoHomes, APhoneThatComesBackIsAtItsOldNodeAgain) {
  name_both("urn:uuid:00000000-0000-1000-8000-000a95a0e128");
  registers(bob);
  network.run_for(60s);
  registers(second);
  network.run_for(60s);
  registers(bob);
  network.run_for(4s);
  EXPECT_EQ(nodes_with_bob(alice), 1u) << seed();
  alice_calls_bob();
  EXPECT_TRUE(network.run_until([&] { return phones.phone(bob).talking(); }, 5s)) << seed();
  EXPECT_TRUE(phones.phone(second).rang.empty()) << seed();
}

TEST_P(UserWithTwoHomes, AfterAPartitionTheLaterRegistrationOfAPhoneCounts) {
  name_both("urn:uuid:00000000-0000-1000-8000-000a95a0e128");
  registers(bob);
  ASSERT_TRUE(
      network.run_until([&] { return nodes_with_bob(alice) == 1 && network.converged(); }, 30s));
  network.part(1, 2);
  network.run_for(60s);
  registers(second);
  network.run_for(60s);
  registers(bob);  // and back: only host-2 knows
  network.run_for(60s);
  network.join(1, 2);
  EXPECT_TRUE(
      network.run_until([&] { return network.converged() && nodes_with_bob(alice) == 1; }, 30s))
      << seed();
  alice_calls_bob();
  EXPECT_TRUE(network.run_until([&] { return phones.phone(bob).talking(); }, 5s)) << seed();
}

TEST_P(UserWithTwoHomes, PhonesWithoutANameAreNotTakenForOneAnother) {
  both_are_registered();
  network.run_for(90s);
  EXPECT_EQ(nodes_with_bob(alice), 2u) << seed();
}

TEST_P(UserWithTwoHomes, APhoneCanBeCalledRightAfterItsNodeWasKilled) {
  registers(second);
  ASSERT_TRUE(
      network.run_until([&] { return nodes_with_bob(alice) == 1 && network.converged(); }, 30s));
  network.kill(2);
  network.run_for(1s);
  network.start(2);
  network.run_for(14s);  // neighbours and routes return; the phone says nothing
  alice_calls_bob();
  EXPECT_TRUE(network.run_until([&] { return phones.phone(second).talking(); }, 5s)) << seed();
}

INSTANTIATE_TEST_SUITE_P(Seeds, UserWithTwoHomes, testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace muster::node
