// SPDX-License-Identifier: Apache-2.0
#include "node/io/stream_link.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/io/tunnel_listener.hpp"
#include "radio/pipe_modem.hpp"
#include "radio/tunnel_modem.hpp"
#include "tests/support/rnode_device.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

/// What a link told its node.
struct Told {
  std::vector<Bytes> datagrams;
  std::vector<LinkAddress> from;
  std::vector<std::string> downs;
  unsigned ups = 0;

  Link::Handlers handlers() {
    return {[this](const LinkAddress& sender, BytesView datagram) {
              from.push_back(sender);
              datagrams.push_back(to_bytes(datagram));
            },
            [this](bool up, const std::string& why) {
              if (up) ++ups;
              if (!up) downs.push_back(why);
            }};
  }
};

StreamLink::Limits quick() {
  StreamLink::Limits limits;
  limits.retry_min = 10ms;
  limits.retry_max = 50ms;
  return limits;
}

class StreamLinkTest : public testing::Test {
 protected:
  template <typename Condition>
  bool until(Condition condition, std::chrono::seconds patience = 10s) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition() && std::chrono::steady_clock::now() < end) io.run_one_for(50ms);
    return condition();
  }

  asio::io_context io;
  Told told;
};

/// The master's side of a pseudo-terminal, whose slave is the serial line.
class Line {
 public:
  explicit Line(asio::io_context& io) : io_(io), master_(io) { open(); }
  void open() {
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master);
    unlockpt(master);
    name_ = ptsname(master);
    master_.assign(master);
    read();
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  void write(BytesView octets) { asio::write(master_, asio::buffer(octets.data(), octets.size())); }
  void pull() { master_.close(); }
  Bytes heard;
  std::function<void(BytesView)> listener;

 private:
  void read() {
    master_.async_read_some(asio::buffer(buffer_), [this](ErrorCode error, std::size_t size) {
      // EIO while nobody has the slave open: not the end of a line.
      if (error == asio::error::operation_aborted) return;
      if (!error) append(heard, BytesView{buffer_}.first(size));
      if (!error && listener) listener(BytesView{buffer_}.first(size));
      if (!error) {
        read();
        return;
      }
      wait_.expires_after(5ms);
      wait_.async_wait([this](ErrorCode cancelled) {
        if (!cancelled && master_.is_open()) read();
      });
    });
  }

  asio::io_context& io_;
  asio::posix::stream_descriptor master_;
  asio::steady_timer wait_{io_};
  std::string name_;
  std::array<std::uint8_t, 1024> buffer_{};
};

LinkSettings at_line(const Line& line) {
  LinkSettings settings;
  settings.kind = LinkKind::serial;
  settings.device = line.name();
  settings.speed = 57600;
  return settings;
}

TEST_F(StreamLinkTest, CarriesDatagramsOverASerialLineInBothDirections) {
  Line line{io};
  StreamLink link{io, at_line(line), std::make_unique<radio::PipeModem>(radio::ShortStation{1}),
                  told.handlers(), quick()};
  link.start();
  ASSERT_TRUE(until([&] { return told.ups == 1; }));
  EXPECT_TRUE(link.trouble().empty());
  radio::PipeModem far{{2}};
  far.opened(TimePoint{});
  far.send(TimePoint{}, radio::ShortStation{1}.address(), Bytes{1, 0, 0x0d, 0x0a, 0x11, 0x13, 3});
  while (auto output = far.poll()) {
    if (auto* octets = std::get_if<radio::Modem::Write>(&*output)) line.write(octets->octets);
  }
  ASSERT_TRUE(until([&] { return told.datagrams.size() == 1; }));
  EXPECT_EQ(told.datagrams[0], (Bytes{1, 0, 0x0d, 0x0a, 0x11, 0x13, 3})) << "a raw line";
  EXPECT_EQ(told.from[0], radio::ShortStation{2}.address());

  link.send(told.from[0], Bytes{4, 0x0a, 5});
  radio::PipeDecoder decoder;
  ASSERT_TRUE(until([&] { return line.heard.size() >= 10; }));
  BytesView stream = line.heard;
  const auto frame = decoder.take(stream);
  ASSERT_TRUE(frame);
  EXPECT_EQ(to_hex(*frame), "00020001040a05");
}

TEST_F(StreamLinkTest, SaysOnceThatADeviceIsMissingAndTakesItWhenItIsThere) {
  LinkSettings settings;
  settings.kind = LinkKind::serial;
  settings.device = "/nonexistent/radio";
  StreamLink link{io, settings, std::make_unique<radio::PipeModem>(radio::ShortStation{1}),
                  told.handlers(), quick()};
  link.start();
  const auto end = std::chrono::steady_clock::now() + 300ms;
  while (std::chrono::steady_clock::now() < end) io.run_one_for(50ms);
  EXPECT_EQ(told.downs, std::vector<std::string>{"No such file or directory"});
  EXPECT_EQ(link.trouble(), "No such file or directory");
  link.send_to_all(Bytes{1});
  EXPECT_EQ(link.send_errors(), 1u);
}

TEST_F(StreamLinkTest, SaysOnceThatALineWasPulled) {
  Line line{io};
  StreamLink link{io, at_line(line), std::make_unique<radio::PipeModem>(radio::ShortStation{1}),
                  told.handlers(), quick()};
  link.start();
  ASSERT_TRUE(until([&] { return told.ups == 1; }));
  line.pull();
  ASSERT_TRUE(until([&] { return !told.downs.empty(); }));
  EXPECT_EQ(told.downs.size(), 1u);
}

TEST_F(StreamLinkTest, SetsUpAnRnodeAtASerialLine) {
  Line line{io};
  test::RnodeDevice device;
  line.listener = [&](BytesView octets) { line.write(device.answer(octets)); };
  auto settings = at_line(line);
  settings.kind = LinkKind::rnode;
  settings.rnode.frequency_hz = 869'525'000;
  auto link = make_link(io, settings, radio::ShortStation{7}, told.handlers());
  link->start();
  ASSERT_TRUE(until([&] { return told.ups == 1; }));
  EXPECT_EQ(to_hex(device.values[0x01]), "33d3e608");
  link->send_to_all(Bytes{0xc0, 1});
  ASSERT_TRUE(until([&] { return !device.sent.empty(); }));
  EXPECT_EQ(to_hex(device.sent[0]), "ffff0007c001");
}

/// A terminal node controller at a TCP port.
class Controller {
 public:
  explicit Controller(asio::io_context& io)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}), client_(io) {
    accept();
  }
  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  void hang_up() { client_.close(); }
  void write(BytesView octets) { asio::write(client_, asio::buffer(octets.data(), octets.size())); }
  std::vector<radio::KissFrame> heard;
  unsigned calls = 0;

 private:
  void accept() {
    acceptor_.async_accept([this](ErrorCode error, tcp::socket socket) {
      if (error) return;
      ++calls;
      client_ = std::move(socket);
      read();
      accept();
    });
  }
  void read() {
    client_.async_read_some(asio::buffer(buffer_), [this](ErrorCode error, std::size_t size) {
      if (error) return;
      BytesView octets = BytesView{buffer_}.first(size);
      while (auto frame = decoder_.take(octets)) heard.push_back(*frame);
      read();
    });
  }

  tcp::acceptor acceptor_;
  tcp::socket client_;
  radio::KissDecoder decoder_;
  std::array<std::uint8_t, 1024> buffer_{};
};

LinkSettings at_controller(const std::string& address) {
  LinkSettings settings;
  settings.kind = LinkKind::kiss_tcp;
  settings.address = address;
  settings.station = "AA1AA";
  settings.kiss.persistence = 63;
  return settings;
}

TEST_F(StreamLinkTest, SpeaksKissToAControllerAndCallsAgainWhenItHangsUp) {
  Controller controller{io};
  StreamLink link{io, at_controller(controller.address()),
                  std::make_unique<radio::KissModem>(radio::KissModem::Config{
                      radio::Ax25Station::parse("AA1AA").value(), 0, {.persistence = 63}}),
                  told.handlers(), quick()};
  link.start();
  ASSERT_TRUE(until([&] { return told.ups == 1; }));
  link.send_to_all(Bytes{0xc0, 0xdb});
  ASSERT_TRUE(until([&] { return controller.heard.size() == 2; }));
  EXPECT_EQ(controller.heard[0].type, 0x02);
  const auto frame = radio::Ax25Frame::parse(controller.heard[1].content);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->from.text(), "AA1AA");
  EXPECT_EQ(to_bytes(frame->information), (Bytes{0xc0, 0xdb}));

  controller.hang_up();
  ASSERT_TRUE(until([&] { return told.ups == 2; }));
  EXPECT_EQ(told.downs.size(), 1u);
  EXPECT_TRUE(until([&] { return controller.calls == 2; }));
}

TEST_F(StreamLinkTest, SaysThatNobodyListensAtAPort) {
  LinkSettings settings;
  {
    Controller gone{io};
    settings = at_controller(gone.address());
  }
  auto link = make_link(io, settings, {}, told.handlers());
  link->start();
  ASSERT_TRUE(until([&] { return !told.downs.empty(); }));
  EXPECT_EQ(told.downs[0], "Connection refused");
}

TEST_F(StreamLinkTest, SaysOnceThatItsPortIsInUseAndListensWhenItIsFree) {
  tcp::acceptor other{io, {asio::ip::address_v4::loopback(), 0}};
  LinkSettings settings;
  settings.kind = LinkKind::tcp_listen;
  settings.address = fmt::format("127.0.0.1:{}", other.local_endpoint().port());
  TunnelListener listener{io, settings, told.handlers(), {.retry = 10ms}};
  unsigned tries = 0;
  asio::steady_timer watch{io};
  listener.start();
  ASSERT_EQ(told.downs, std::vector<std::string>{"Address already in use"});
  EXPECT_EQ(listener.trouble(), "Address already in use");
  watch.expires_after(100ms);  // some more tries
  watch.async_wait([&](ErrorCode) { ++tries; });
  ASSERT_TRUE(until([&] { return tries == 1; }));
  EXPECT_EQ(told.downs.size(), 1u) << "said once";
  EXPECT_EQ(told.ups, 0u);
  other.close();
  ASSERT_TRUE(until([&] { return told.ups == 1; }));
  EXPECT_TRUE(listener.trouble().empty());
}

TEST_F(StreamLinkTest, JoinsTwoNodesByATunnel) {
  Told far;
  LinkSettings listening;
  listening.kind = LinkKind::tcp_listen;
  listening.address = "127.0.0.1:0";
  TunnelListener listener{io, listening, far.handlers()};
  listener.start();
  ASSERT_EQ(far.ups, 1u);
  LinkSettings calling;
  calling.kind = LinkKind::tcp;
  calling.address = "127.0.0.1:" + std::to_string(listener.local_endpoint().port());
  auto link = make_link(io, calling, {}, told.handlers());
  link->start();
  ASSERT_TRUE(until([&] { return told.ups == 1; }));
  link->send_to_all(Bytes(1400, 3));
  ASSERT_TRUE(until([&] { return far.datagrams.size() == 1; }));
  EXPECT_EQ(far.datagrams[0], Bytes(1400, 3));
  listener.send(far.from[0], Bytes{5});
  ASSERT_TRUE(until([&] { return told.datagrams.size() == 1; }));
  link->send(told.from[0], Bytes{6});
  ASSERT_TRUE(until([&] { return far.datagrams.size() == 2; }));
  listener.send(LinkAddress{Bytes{9}}, Bytes{6});
  EXPECT_EQ(listener.send_errors(), 1u);
}

TEST_F(StreamLinkTest, TheTunnelHangsUpOnWhoIsNotMuster) {
  LinkSettings listening;
  listening.kind = LinkKind::tcp_listen;
  listening.address = "127.0.0.1:0";
  TunnelListener listener{io, listening, told.handlers()};
  listener.start();
  tcp::socket stranger{io};
  stranger.connect(listener.local_endpoint());
  const std::string text = "GET / HTTP/1.1\r\n\r\n";
  asio::write(stranger, asio::buffer(text));
  bool closed = false;
  std::array<std::uint8_t, 64> buffer{};
  std::function<void()> read = [&] {
    stranger.async_read_some(asio::buffer(buffer), [&](ErrorCode error, std::size_t) {
      closed = static_cast<bool>(error);
      if (!closed) read();
    });
  };
  read();
  ASSERT_TRUE(until([&] { return closed; }));
  EXPECT_TRUE(told.datagrams.empty());
  EXPECT_EQ(listener.receive_errors(), 1u);
}

}  // namespace
}  // namespace muster::node
