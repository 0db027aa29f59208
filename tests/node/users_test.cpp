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

/// Four nodes in a row, every fifth frame lost. Bob is at home at host-2; his phone is at host-4.
class VisitingPhone : public testing::TestWithParam<std::uint64_t> {
 protected:
  VisitingPhone() : network(4, GetParam(), {0.2, 3ms}), phones(network) {
    network.chain();
    visitor = phones.add_at(3, "bob");
    registers(alice);
  }

  void registers(std::size_t phone) {
    phones.tell(phone, [](SipPhone& it, TimePoint now) { it.register_at(now); });
  }
  [[nodiscard]] std::vector<std::string> places_of_bob(std::size_t asked) const {
    std::vector<std::string> names;
    for (const auto& user : network.ask<std::vector<UserReport>>(asked, Question::users)) {
      if (user.aor != "sip:bob@drill.example") continue;
      for (const auto& at : user.nodes) names.push_back(at.name);
    }
    return names;
  }
  [[nodiscard]] std::uint64_t counter(std::size_t host, std::string_view name) const {
    for (const auto& one : network.status(host).counters) {
      if (one.name == name) return one.value;
    }
    return 0;
  }
  void visits() {
    ASSERT_TRUE(network.run_until([&] { return network.converged(); }, 30s)) << seed();
    registers(visitor);
    ASSERT_TRUE(network.run_until(
        [&] { return places_of_bob(alice) == std::vector<std::string>{"host-4"}; }, 15s))
        << seed();
  }
  void calls(std::size_t phone, const std::string& user) {
    phones.tell(phone, [&](SipPhone& it, TimePoint now) {
      it.invite(now, "sip:" + user + "@drill.example");
    });
  }
  [[nodiscard]] std::string seed() const { return "seed " + std::to_string(GetParam()); }

  FieldNetwork network;
  FieldPhones phones;
  std::size_t visitor = 0;
};

TEST_P(VisitingPhone, IsCalledByNameAndCallsAsItself) {
  visits();
  EXPECT_EQ(phones.phone(visitor).status_of("REGISTER"), 200u);
  calls(alice, "bob");
  EXPECT_TRUE(network.run_until([&] { return phones.phone(visitor).talking(); }, 5s)) << seed();
  phones.tell(visitor, [](SipPhone& it, TimePoint now) { it.hang_up(now); });
  ASSERT_TRUE(network.run_until([&] { return phones.phone(visitor).status_of("BYE") == 200; }, 5s))
      << seed();
  calls(visitor, "alice");
  EXPECT_TRUE(network.run_until([&] { return phones.phone(alice).talking(); }, 5s)) << seed();
}

TEST_P(VisitingPhone, IsReachableWithinFiveSecondsOfBeingSwitchedOn) {
  phones.phone(visitor).script.instance = "urn:uuid:1";
  phones.at(bob).script.instance = "urn:uuid:1";
  registers(bob);
  ASSERT_TRUE(network.run_until([&] { return network.converged(); }, 30s)) << seed();
  network.run_for(60s);
  phones.at(bob).script.silent = true;  // carried away
  registers(visitor);
  EXPECT_TRUE(network.run_until(
      [&] { return places_of_bob(alice) == std::vector<std::string>{"host-4"}; }, 4s))
      << seed();
  calls(alice, "bob");
  EXPECT_TRUE(network.run_until([&] { return phones.phone(visitor).talking(); }, 1s)) << seed();
}

TEST_P(VisitingPhone, GetsTheMessagesThatWaited) {
  ASSERT_TRUE(network.run_until([&] { return network.converged(); }, 30s)) << seed();
  phones.tell(alice, [](SipPhone& it, TimePoint now) {
    it.message(now, "sip:bob@drill.example", "where are you?");
  });
  network.run_for(6s);
  ASSERT_EQ(phones.phone(alice).status_of("MESSAGE"), 202u) << seed();
  visits();
  EXPECT_TRUE(network.run_until([&] { return !phones.phone(visitor).shown.empty(); }, 30s))
      << seed();
  network.run_for(30s);
  EXPECT_EQ(phones.phone(visitor).shown, std::vector<std::string>{"where are you?"}) << seed();
  EXPECT_EQ(network.status(alice).messages_waiting, 0u) << seed();
}

TEST_P(VisitingPhone, MessagesThatWaitAreSealedToTheVisitedNode) {
  visits();
  network.run_for(40s);  // a home signs the prekey; the directory brings it everywhere
  phones.phone(visitor).script.silent = true;
  phones.tell(alice, [](SipPhone& it, TimePoint now) {
    it.message(now, "sip:bob@drill.example", "are you there?");
  });
  network.run_for(6s);
  ASSERT_EQ(phones.phone(alice).status_of("MESSAGE"), 202u) << seed();
  phones.phone(visitor).script.silent = false;
  EXPECT_TRUE(network.run_until([&] { return network.status(alice).messages_waiting == 0; }, 150s))
      << seed();
  EXPECT_EQ(phones.phone(visitor).shown, std::vector<std::string>{"are you there?"}) << seed();
  EXPECT_GT(counter(3, "post.opened"), 0u) << seed();
  EXPECT_GT(counter(1, "post.prekeys_signed"), 0u) << seed();
}

TEST_P(VisitingPhone, IsRefusedWithTheReasonWhileNoHomeIsReachable) {
  ASSERT_TRUE(network.run_until([&] { return network.converged(); }, 30s)) << seed();
  network.part(2, 3);
  network.run_for(15s);
  registers(visitor);
  ASSERT_TRUE(
      network.run_until([&] { return phones.phone(visitor).status_of("REGISTER") != 0; }, 5s));
  EXPECT_EQ(phones.phone(visitor).status_of("REGISTER"), 403u) << seed();
  EXPECT_EQ(phones.phone(visitor).last_reason, "No Home Node Of This User Is Reachable");
}

TEST_P(VisitingPhone, StaysReachableThroughTheRestartOfItsHomeAndOfTheVisitedNode) {
  visits();
  network.run_for(5s);
  network.kill(1);
  network.kill(3);
  network.run_for(10s);
  network.start(1);
  network.start(3);
  ASSERT_TRUE(network.run_until(
      [&] {
        return network.converged() && places_of_bob(alice) == std::vector<std::string>{"host-4"};
      },
      40s))
      << seed();
  calls(alice, "bob");
  EXPECT_TRUE(network.run_until([&] { return phones.phone(visitor).talking(); }, 5s)) << seed();
}

TEST_P(VisitingPhone, ComesHomeAndIsThereOnly) {
  phones.phone(visitor).script.instance = "urn:uuid:1";
  phones.at(bob).script.instance = "urn:uuid:1";
  visits();
  network.run_for(30s);
  registers(bob);
  EXPECT_TRUE(network.run_until(
      [&] { return places_of_bob(alice) == std::vector<std::string>{"host-2"}; }, 5s))
      << seed();
}

INSTANTIATE_TEST_SUITE_P(Seeds, VisitingPhone, testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace muster::node
