// SPDX-License-Identifier: Apache-2.0
#include "sip/io/agent_client.hpp"

#include "tests/support/seeded_test_random.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;

/// An agent on real sockets of the loopback interface, without registrar.
struct Phone {
  explicit Phone(asio::io_context& io, std::uint64_t seed)
      : random(seed), client(io, random, [this](AgentEvent& event) {
          events.push_back(event);
          if (on_event) on_event(event);
        }) {
    Agent::Config config;
    config.user = "u" + std::to_string(seed);
    config.domain = "drill.example";
    config.answers = true;
    const auto opened = client.open(config, DigestClient{config.user, std::string{}, random},
                                    {*IpAddress::parse("127.0.0.1"), 0});
    EXPECT_TRUE(opened);
  }
  [[nodiscard]] Uri uri() const { return *Uri::parse("sip:someone@" + client.own().text()); }
  template <typename Event>
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [](const auto& e) {
      return std::holds_alternative<Event>(e);
    }));
  }

  test::SeededTestRandom random;
  std::vector<AgentEvent> events;
  std::function<void(AgentEvent&)> on_event;
  AgentClient client;
};

TEST(AgentClient, CallsOverRealSocketsAndHangsUp) {
  asio::io_context io;
  Phone alice(io, 1);
  Phone dave(io, 2);
  std::size_t heard = 0;
  alice.on_event = [&](AgentEvent& event) {
    if (!std::holds_alternative<AgentHeard>(event) || ++heard != 10) return;
    asio::post(
        io, [&] { alice.client.drive([](Agent& agent, TimePoint now) { agent.hang_up(now); }); });
  };
  dave.on_event = [&](AgentEvent& event) {
    if (std::holds_alternative<AgentCallEnded>(event)) asio::post(io, [&] { io.stop(); });
  };
  alice.client.drive(
      [&](Agent& agent, TimePoint now) { EXPECT_TRUE(agent.call(now, dave.uri())); });
  io.run_for(20s);
  EXPECT_EQ(alice.count<AgentTalking>(), 1u);
  EXPECT_EQ(dave.count<AgentTalking>(), 1u);
  EXPECT_EQ(dave.count<AgentCallEnded>(), 1u);
  EXPECT_GE(heard, 10u);
}

TEST(AgentClient, CarriesText) {
  asio::io_context io;
  Phone alice(io, 1);
  Phone dave(io, 2);
  alice.on_event = [&](AgentEvent& event) {
    if (std::holds_alternative<AgentTextAnswered>(event)) io.stop();
  };
  alice.client.drive(
      [&](Agent& agent, TimePoint now) { EXPECT_TRUE(agent.send_text(now, dave.uri(), "hello")); });
  io.run_for(20s);
  EXPECT_EQ(dave.count<AgentTextArrived>(), 1u);
  EXPECT_EQ(alice.count<AgentTextAnswered>(), 1u);
}

TEST(AgentClient, SaysIfItsAddressCannotBeHad) {
  asio::io_context io;
  test::SeededTestRandom random(1);
  AgentClient client(io, random, [](AgentEvent&) {});
  const auto opened = client.open({}, DigestClient{"a", std::string{}, random},
                                  *IpEndpoint::parse("192.0.2.1:5060"));
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().sentence, testing::HasSubstr("192.0.2.1:5060"));
}

TEST(AgentClient, TakesAnEvenPortForAudio) {
  asio::io_context io;
  UdpSocket even(io, [](const IpEndpoint&, BytesView) {});
  UdpSocket odd(io, [](const IpEndpoint&, BytesView) {});
  ASSERT_TRUE(UdpSocket::open_pair(*IpAddress::parse("127.0.0.1"), even, odd));
  EXPECT_EQ(even.own().port % 2, 0);
  EXPECT_EQ(odd.own().port, even.own().port + 1);
}

}  // namespace
}  // namespace muster::sip
