// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/dns_discovery.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/dns_server.hpp"

namespace muster::discovery {
namespace {

using namespace std::chrono_literals;
using test::DnsServer;

/// Longer than c-ares asks for.
constexpr auto patience = 20s;

class DnsRoundTest : public testing::Test {
 protected:
  Result<DnsRound::Answer> ask(DnsRound::Limits limits = {}) {
    Result<DnsRound::Answer> told = fail("nothing was told");
    DnsRound round(io, limits, {"_muster._udp", "team.net", 7077}, server.address(),
                   [&](Result<DnsRound::Answer> answer) {
                     told = std::move(answer);
                     io.stop();
                   });
    io.restart();
    io.run_for(patience);
    return told;
  }
  static std::vector<std::string> texts(const Result<DnsRound::Answer>& answer) {
    std::vector<std::string> all;
    if (!answer) return {answer.error().sentence};
    for (const auto& endpoint : answer->endpoints) all.push_back(endpoint.text());
    std::ranges::sort(all);
    return all;
  }
  asio::io_context io;
  DnsServer server{io};
};

TEST_F(DnsRoundTest, FollowsServiceRecordsToTheAddressesOfTheirTargets) {
  server.srv("_muster._udp.team.net", 10, 0, 7078, "one.team.net");
  server.srv("_muster._udp.team.net", 20, 0, 7079, "two.elsewhere.net");
  server.a("one.team.net", 1);
  server.aaaa("one.team.net", 1);
  server.a("two.elsewhere.net", 2);
  EXPECT_EQ(texts(ask()),
            (std::vector<std::string>{"192.0.2.1:7078", "192.0.2.2:7079", "[2001:db8::1]:7078"}));
}

TEST_F(DnsRoundTest, TakesTheDomainsOwnAddressesWhereThereIsNoServiceRecord) {
  server.a("team.net", 7);
  EXPECT_EQ(texts(ask()), std::vector<std::string>{"192.0.2.7:7077"});
}

TEST_F(DnsRoundTest, TakesNobodyWhereTheServiceIsSaidNotToBe) {
  server.srv("_muster._udp.team.net", 0, 0, 0, "");
  server.a("team.net", 7);
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_TRUE(answer->endpoints.empty());
}

TEST_F(DnsRoundTest, NamesNobodyWhereTheDomainIsNotThere) {
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_TRUE(answer->endpoints.empty());
  EXPECT_FALSE(server.asked.empty());
  // No domain of this network is put behind it.
  for (const auto& name : server.asked) EXPECT_TRUE(name.ends_with("team.net")) << name;
}

TEST_F(DnsRoundTest, GoesOnWithoutTargetsThatHaveNoAddress) {
  server.srv("_muster._udp.team.net", 10, 0, 7078, "gone.team.net");
  server.srv("_muster._udp.team.net", 20, 0, 7078, "one.team.net");
  server.a("one.team.net", 1);
  EXPECT_EQ(texts(ask()), std::vector<std::string>{"192.0.2.1:7078"});
}

TEST_F(DnsRoundTest, KeepsToItsLimitsAndCountsWhatItLeavesOut) {
  for (std::uint8_t i = 1; i <= 5; ++i) {
    const auto host = "h" + std::to_string(i) + ".team.net";
    server.srv("_muster._udp.team.net", i, 0, 7078, host);
    for (std::uint8_t j = 0; j < 3; ++j) server.a(host, static_cast<std::uint8_t>(10 * i + j));
  }
  const auto answer = ask({2, 2});
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_EQ(answer->endpoints.size(), 4U);
  EXPECT_EQ(answer->left_out, 3U + 2U);
  for (const auto& endpoint : answer->endpoints) {
    EXPECT_LT(endpoint.address.octets[3], 30) << "the best priorities are taken";
  }
}

TEST_F(DnsRoundTest, FailsWhereTheServerFails) {
  server.manner = DnsServer::Manner::fails;
  EXPECT_FALSE(ask());
}

TEST_F(DnsRoundTest, FailsWhereTheAnswerMakesNoSense) {
  server.srv("_muster._udp.team.net", 10, 0, 7078, "one.team.net");
  server.manner = DnsServer::Manner::babbles;
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().sentence, "nothing was told");
}

TEST_F(DnsRoundTest, FailsInTheEndWhereNobodyAnswers) {
  server.manner = DnsServer::Manner::silent;
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().sentence, "nothing was told");
}

TEST_F(DnsRoundTest, TellsNothingOnceItHasEnded) {
  bool told = false;
  {
    DnsRound round(io, {}, {"_muster._udp", "team.net", 7077}, server.address(),
                   [&](const Result<DnsRound::Answer>&) { told = true; });
  }
  io.run_for(50ms);
  EXPECT_FALSE(told);
}

TEST(DnsDiscoveryTest, FindsNodesAgainAndAgainAndSaysSoOnce) {
  asio::io_context io;
  DnsServer server(io);
  server.manner = DnsServer::Manner::fails;
  DnsDiscovery::Config config;
  config.domain = "team.net";
  config.servers = server.address();
  config.entrances.retry_min = 10ms;
  config.entrances.again_after = 10ms;
  std::vector<std::string> found;
  std::vector<std::string> said;
  DnsDiscovery dns(
      io, std::move(config),
      {[&](const IpEndpoint& endpoint) { found.push_back(endpoint.text()); },
       [&](bool news, const std::string& text) { said.push_back((news ? "news: " : "") + text); }});
  const auto until = [&](auto condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition() && std::chrono::steady_clock::now() < end) io.run_one_for(100ms);
    return condition();
  };
  EXPECT_TRUE(until([&] { return dns.counters().failed >= 3; }));
  EXPECT_EQ(said.size(), 1U) << "it does not repeat itself";
  server.srv("_muster._udp.team.net", 0, 0, 7078, "one.team.net");
  server.a("one.team.net", 1);
  server.manner = DnsServer::Manner::answers;
  ASSERT_TRUE(until([&] { return !found.empty(); }));
  server.a("one.team.net", 2);
  ASSERT_TRUE(until([&] { return found.size() == 2; }));
  EXPECT_EQ(found, (std::vector<std::string>{"192.0.2.1:7078", "192.0.2.2:7078"}));
  EXPECT_EQ(said.back(), "news: dns: team.net names nodes at 2 addresses");
}

}  // namespace
}  // namespace muster::discovery
