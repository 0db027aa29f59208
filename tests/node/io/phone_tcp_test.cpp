// SPDX-License-Identifier: Apache-2.0
#include "node/io/phone_tcp.hpp"

#include <gtest/gtest.h>

#include "core/io/asio_endpoint.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;

const IpEndpoint any_port{{false, {127, 0, 0, 1}, 0}, 0};

std::string message(const std::string& body) {
  return "MESSAGE sip:a@b SIP/2.0\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

class PhoneTcpTest : public testing::Test {
 protected:
  void listen(PhoneTcp::Limits limits = {}) {
    tcp = std::make_unique<PhoneTcp>(
        io,
        [this](const IpEndpoint& from, BytesView bytes) {
          received.emplace_back(from, std::string{as_text(bytes)});
        },
        [this](const IpEndpoint& phone) { ended.push_back(phone); }, limits);
    address = tcp->listen(any_port).value();
  }
  asio::ip::tcp::socket connected() {
    asio::ip::tcp::socket phone{io};
    phone.connect(to_tcp(address));
    return phone;
  }
  static void say(asio::ip::tcp::socket& phone, const std::string& text) {
    asio::write(phone, asio::buffer(text));
  }
  template <typename Condition>
  bool until(Condition condition, std::chrono::seconds patience = 10s) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition() && std::chrono::steady_clock::now() < end) io.run_one_for(100ms);
    return condition();
  }
  /// What has come for the phone so far.
  std::string heard(asio::ip::tcp::socket& phone, std::size_t size) {
    std::string text;
    until([&] {
      const std::size_t there = phone.available();
      std::string more(there, '\0');
      asio::read(phone, asio::buffer(more));
      text += more;
      return text.size() >= size;
    });
    return text;
  }
  /// The other side has closed.
  bool is_closed(asio::ip::tcp::socket& phone) {
    phone.non_blocking(true);
    return until([&] {
      char octet = 0;
      ErrorCode error;
      phone.read_some(asio::buffer(&octet, 1), error);
      return error && error != asio::error::would_block;
    });
  }

  asio::io_context io;
  std::unique_ptr<PhoneTcp> tcp;
  IpEndpoint address;
  std::vector<std::pair<IpEndpoint, std::string>> received;
  std::vector<IpEndpoint> ended;
};

TEST_F(PhoneTcpTest, AnswersOverTheConnectionTheRequestCameBy) {
  listen();
  auto phone = connected();
  say(phone, message("one") + message("two"));
  ASSERT_TRUE(until([&] { return received.size() == 2; }));
  EXPECT_EQ(received[1].second, message("two"));
  tcp->send(received[0].first, as_bytes("answer"));
  EXPECT_EQ(heard(phone, 6), "answer");
  EXPECT_EQ(tcp->connections(), 1u);
}

TEST_F(PhoneTcpTest, AnswersAPing) {
  listen();
  auto phone = connected();
  say(phone, "\r\n\r\n");
  EXPECT_EQ(heard(phone, 2), "\r\n");
}

TEST_F(PhoneTcpTest, TellsWhenAPhoneHasGone) {
  listen();
  {
    auto phone = connected();
    say(phone, message("one"));
    ASSERT_TRUE(until([&] { return received.size() == 1; }));
  }
  ASSERT_TRUE(until([&] { return ended.size() == 1; }));
  EXPECT_EQ(ended[0], received[0].first);
  EXPECT_EQ(tcp->connections(), 0u);
}

TEST_F(PhoneTcpTest, ConnectsToAPhoneThatListens) {
  listen();
  asio::ip::tcp::acceptor phone{io, to_tcp(any_port)};
  const IpEndpoint there{any_port.address, phone.local_endpoint().port()};
  tcp->send(there, as_bytes("hello "));
  tcp->send(there, as_bytes("again"));
  auto socket = phone.accept();
  EXPECT_EQ(heard(socket, 11), "hello again");
  say(socket, message("answer"));
  ASSERT_TRUE(until([&] { return received.size() == 1; }));
  EXPECT_EQ(received[0].first, there);
}

TEST_F(PhoneTcpTest, TellsWhenAPhoneCannotBeConnectedTo) {
  listen();
  IpEndpoint nobody;
  {
    asio::ip::tcp::acceptor gone{io, to_tcp(any_port)};
    nobody = {any_port.address, gone.local_endpoint().port()};
  }
  tcp->send(nobody, as_bytes("hello"));
  EXPECT_TRUE(ended.empty()) << "not from within send()";
  ASSERT_TRUE(until([&] { return ended.size() == 1; }));
  EXPECT_EQ(ended[0], nobody);
}

TEST_F(PhoneTcpTest, EndsAStreamThatIsNoSip) {
  listen();
  auto phone = connected();
  say(phone, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(is_closed(phone));
  ASSERT_TRUE(until([&] { return ended.size() == 1; }));
  const auto counters = tcp->counters();
  EXPECT_EQ(counters[1].name, "sip_tcp.bad_stream");
  EXPECT_EQ(counters[1].value, 1u);
}

TEST_F(PhoneTcpTest, EndsAConnectionThatSaysNothing) {
  PhoneTcp::Limits limits;
  limits.connection.first_message_within = 0s;
  listen(limits);
  auto phone = connected();
  EXPECT_TRUE(is_closed(phone));
}

TEST_F(PhoneTcpTest, EndsAConnectionThatNeverFinishesAMessage) {
  PhoneTcp::Limits limits;
  limits.connection.message_within = 0s;
  listen(limits);
  auto phone = connected();
  say(phone, message("whole"));
  ASSERT_TRUE(until([&] { return received.size() == 1; }));
  say(phone, "MESSAGE sip:a@b");
  EXPECT_TRUE(is_closed(phone));
}

TEST_F(PhoneTcpTest, EndsAConnectionThatDoesNotRead) {
  PhoneTcp::Limits limits;
  limits.connection.queued_bytes_max = 1000;
  listen(limits);
  auto phone = connected();
  say(phone, message("one"));
  ASSERT_TRUE(until([&] { return received.size() == 1; }));
  tcp->send(received[0].first, Bytes(1001));
  EXPECT_TRUE(until([&] { return ended.size() == 1; }));
}

TEST_F(PhoneTcpTest, RefusesMoreConnectionsThanItsLimit) {
  PhoneTcp::Limits limits;
  limits.connections_per_address_max = 1;
  listen(limits);
  auto first = connected();
  ASSERT_TRUE(until([&] { return tcp->connections() == 1; }));
  auto second = connected();
  EXPECT_TRUE(is_closed(second));
  say(first, message("still here"));
  EXPECT_TRUE(until([&] { return received.size() == 1; }));
}

TEST_F(PhoneTcpTest, SaysWhatToDoWhenThePortIsTaken) {
  listen();
  PhoneTcp other{io, nullptr, nullptr};
  const auto refused = other.listen(address);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().sentence.find("sip.tcp = false"), std::string::npos);
}

}  // namespace
}  // namespace muster::node
