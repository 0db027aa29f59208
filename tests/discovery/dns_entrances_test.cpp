// SPDX-License-Identifier: Apache-2.0
#include "discovery/dns_entrances.hpp"

#include <gtest/gtest.h>

#include "discovery/special_use_domain.hpp"

namespace muster::discovery {
namespace {

using namespace std::chrono_literals;

IpEndpoint at(const std::string& text) { return *IpEndpoint::parse(text); }

class DnsEntrancesTest : public testing::Test {
 protected:
  DnsEntrancesTest() { dns.start(now); }
  /// Whether it asks by then, and what it has found.
  bool asks() {
    bool asked = false;
    while (const auto output = dns.poll()) {
      if (const auto* each = std::get_if<DnsEntrances::Found>(&*output)) {
        found.push_back(each->endpoint.text());
      } else {
        asked = true;
      }
    }
    return asked;
  }
  /// How long until it asks again.
  Duration pause() {
    const auto due = *dns.deadline();
    const auto span = due - now;
    dns.advance(now = due);
    EXPECT_TRUE(asks());
    return span;
  }
  TimePoint now{1000h};
  DnsEntrances dns{DnsEntrances::Limits{}, 1};
  std::vector<std::string> found;
};

TEST_F(DnsEntrancesTest, AsksAtOnceAndNotWhileItWaits) {
  EXPECT_TRUE(asks());
  EXPECT_FALSE(dns.deadline());
  dns.advance(now + 1h);
  EXPECT_FALSE(asks());
}

TEST_F(DnsEntrancesTest, TellsOfEachAddressOnce) {
  dns.answered(now, {at("192.0.2.1:7077"), at("[2001:db8::1]:7077"), at("192.0.2.1:7077")}, 0);
  dns.answered(now, {at("192.0.2.1:7077"), at("192.0.2.1:7078")}, 0);
  asks();
  EXPECT_EQ(found,
            (std::vector<std::string>{"192.0.2.1:7077", "[2001:db8::1]:7077", "192.0.2.1:7078"}));
}

TEST_F(DnsEntrancesTest, AsksEverMoreRarelyWhileNobodyIsNamed) {
  asks();
  Duration before{};
  for (int i = 0; i < 6; ++i) {
    i % 2 == 0 ? dns.failed(now) : dns.answered(now, {}, 0);
    const auto span = pause();
    EXPECT_GT(span, before);
    before = span;
  }
  for (int i = 0; i < 10; ++i) {
    dns.failed(now);
    EXPECT_LE(pause(), 15min * 1.25);
  }
  EXPECT_EQ(dns.counters().failed, 13U);
}

TEST_F(DnsEntrancesTest, AsksEveryHourOnceSomebodyIsNamedAndSoonAgainAfterAFailureThen) {
  asks();
  for (int i = 0; i < 5; ++i) {
    dns.failed(now);
    pause();
  }
  dns.answered(now, {at("192.0.2.1:7077")}, 0);
  EXPECT_GE(pause(), 45min);
  dns.failed(now);
  EXPECT_LT(pause(), 10s);
}

TEST_F(DnsEntrancesTest, RefusesAddressesAtWhichNoOtherNodeCanBe) {
  dns.answered(
      now,
      {at("127.0.0.1:7077"), at("0.0.0.0:7077"), at("224.0.0.1:7077"), at("255.255.255.255:7077"),
       at("[::1]:7077"), at("[fe80::1]:7077"), IpEndpoint{at("192.0.2.1:1").address, 0}},
      0);
  asks();
  EXPECT_TRUE(found.empty());
  EXPECT_EQ(dns.counters().refused, 7U);
  EXPECT_LT(pause(), 10s) << "nobody was named";
}

TEST_F(DnsEntrancesTest, TakesOnlySoManyInOneLife) {
  for (int i = 1; i <= 20; ++i) {
    dns.answered(now, {at("192.0.2." + std::to_string(i) + ":7077")}, 1);
  }
  asks();
  EXPECT_EQ(found.size(), DnsEntrances::Limits{}.addresses_max);
  EXPECT_EQ(dns.counters().over_limit, 4U + 20U);
}

TEST(SpecialUseDomain, IsNothingThatTheDnsKnows) {
  for (const char* domain :
       {"drill.example", "DRILL.Example.", "a.example.org", "team.local", "x.test", "a.b.invalid",
        "localhost", "node.localhost", "x.onion", "team.alt", "team", ""}) {
    EXPECT_FALSE(dns_may_know(domain)) << domain;
  }
  for (const char* domain : {"muster.net", "team.rescue.org", "counterexample.net", "x.home.arpa",
                             "drill.internal", "myexample.org", "local.net", "team.net."}) {
    EXPECT_TRUE(dns_may_know(domain)) << domain;
  }
}

}  // namespace
}  // namespace muster::discovery
