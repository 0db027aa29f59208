// SPDX-License-Identifier: Apache-2.0
#include "core/base/seeded_random.hpp"
#include "radio/kiss_modem.hpp"
#include "radio/pipe_modem.hpp"
#include "radio/rnode_modem.hpp"
#include "radio/tunnel_modem.hpp"
#include "tests/support/rnode_device.hpp"

namespace muster::radio {
namespace {

using namespace std::chrono_literals;
using test::RnodeDevice;

/// What a modem wanted since it was last asked.
struct Wanted {
  Bytes octets;
  std::vector<Modem::Received> received;
  std::size_t overheard_bytes = 0;
  bool ready = false;
  std::string failed;
};

Wanted drain(Modem& modem) {
  Wanted all;
  while (auto output = modem.poll()) {
    if (auto* write = std::get_if<Modem::Write>(&*output)) append(all.octets, write->octets);
    if (auto* heard = std::get_if<Modem::Received>(&*output)) all.received.push_back(*heard);
    if (auto* other = std::get_if<Modem::Overheard>(&*output)) {
      all.overheard_bytes += other->datagram_bytes;
    }
    if (std::holds_alternative<Modem::Ready>(*output)) all.ready = true;
    if (auto* failure = std::get_if<Modem::Failed>(&*output)) all.failed = failure->why;
  }
  return all;
}

const TimePoint start{1h};

KissModem::Config station(const char* name, unsigned port = 0) {
  return {Ax25Station::parse(name).value(), port, {}};
}

LinkAddress address(const char* name) {
  const auto parsed = Ax25Station::parse(name).value();
  return {Bytes(parsed.octets().begin(), parsed.octets().end())};
}

TEST(KissModem, CarriesDatagramsBetweenStationsAndToAll) {
  KissModem a{station("AA1AA")};
  KissModem b{station("BB2BB-4")};
  a.opened(start);
  b.opened(start);
  EXPECT_TRUE(drain(a).ready);
  a.send(start, address("BB2BB-4"), Bytes{0xc0, 0xdb, 1});
  a.send(start, std::nullopt, Bytes{2});
  a.send(start, address("CC3CC"), Bytes{3});
  b.receive(start, drain(a).octets);
  const auto all = drain(b);
  const auto& heard = all.received;
  ASSERT_EQ(heard.size(), 2u) << "what is for CC3CC is not for BB2BB-4";
  EXPECT_EQ(all.overheard_bytes, 1u) << "but it took the channel";
  EXPECT_EQ(heard[0].datagram, (Bytes{0xc0, 0xdb, 1}));
  EXPECT_EQ(heard[0].from, address("AA1AA"));
  EXPECT_EQ(heard[1].datagram, Bytes{2});
  EXPECT_EQ(b.counters().foreign, 1u);
}

TEST(KissModem, TellsItsControllerOnlyWhatWasConfigured) {
  auto config = station("AA1AA", 2);
  config.parameters.tx_delay = 300ms;
  config.parameters.persistence = 63;
  config.parameters.tx_tail = 50ms;
  KissModem modem{config};
  modem.opened(start);
  EXPECT_EQ(to_hex(drain(modem).octets),
            "c0211ec0"
            "c0223fc0"
            "c02405c0");
}

TEST(KissModem, IgnoresOtherPortsAndProtocols) {
  KissModem modem{station("AA1AA", 1)};
  modem.opened(start);
  (void)drain(modem);
  modem.receive(start, encode_kiss(0x00, Bytes(40, 1)));  // another port
  modem.receive(start, encode_kiss(0x10, Bytes(40, 1)));  // not AX.25
  modem.receive(start, encode_kiss(0x11, Bytes{30}));     // a command
  EXPECT_TRUE(drain(modem).received.empty());
  EXPECT_EQ(modem.counters().foreign, 3u);
}

TEST(PipeModem, HearsWhatIsForItOrForAllAndNotItself) {
  PipeModem a{{1}};
  PipeModem b{{2}};
  a.opened(start);
  b.opened(start);
  EXPECT_TRUE(drain(a).ready);
  (void)drain(b);
  a.send(start, ShortStation{2}.address(), Bytes{7, 0, 7});
  a.send(start, ShortStation{3}.address(), Bytes{8});
  a.send(start, std::nullopt, Bytes{9});
  const Bytes on_air = drain(a).octets;
  b.receive(start, on_air);
  a.receive(start, on_air);
  const auto heard = drain(b).received;
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].datagram, (Bytes{7, 0, 7}));
  EXPECT_EQ(heard[0].from, ShortStation{1}.address());
  EXPECT_TRUE(drain(a).received.empty()) << "a radio that repeats what it sends";
}

TEST(TunnelModem, CarriesDatagramsOfEveryLengthOverAnyCut) {
  const LinkAddress there{Bytes{1}};
  TunnelModem a{there};
  TunnelModem b{there};
  a.opened(start);
  b.opened(start);
  b.receive(start, drain(a).octets);
  EXPECT_TRUE(drain(b).ready);
  TunnelModem c{there};
  c.opened(start);
  a.receive(start, drain(c).octets);
  EXPECT_TRUE(drain(a).ready);
  Bytes stream;
  for (std::size_t size = 1; size <= 2048; size += 89) {
    a.send(start, std::nullopt, Bytes(size, 5));
    append(stream, drain(a).octets);
  }
  std::vector<Modem::Received> heard;
  for (std::size_t at = 0; at < stream.size(); at += 7) {
    b.receive(start, BytesView{stream}.subspan(at, std::min<std::size_t>(7, stream.size() - at)));
    for (auto& one : drain(b).received) heard.push_back(one);
  }
  ASSERT_EQ(heard.size(), 24u);
  EXPECT_EQ(heard[1].datagram.size(), 90u);
}

TEST(TunnelModem, RefusesWhoDoesNotGreetAsMusterDoes) {
  TunnelModem web{LinkAddress{Bytes{1}}};
  web.opened(start);
  (void)drain(web);
  const std::string text = "HTTP/1.1 400 Bad Request\r\n";
  web.receive(start, as_bytes(text));
  EXPECT_THAT(drain(web).failed, testing::HasSubstr("not a tunnel"));

  TunnelModem silent{LinkAddress{Bytes{1}}};
  silent.opened(start);
  (void)drain(silent);
  silent.advance(start + 5s);
  EXPECT_TRUE(drain(silent).failed.empty());
  silent.advance(*silent.deadline());
  EXPECT_THAT(drain(silent).failed, testing::HasSubstr("greets"));
}

TEST(TunnelModem, RefusesAFrameThatIsTooLong) {
  TunnelModem a{LinkAddress{Bytes{1}}};
  a.opened(start);
  a.receive(start, drain(a).octets);
  (void)drain(a);
  a.receive(start, Bytes{0xff, 0xff, 1});
  EXPECT_THAT(drain(a).failed, testing::HasSubstr("too long"));
}

// ---- RNode

RnodeModem::Config rnode() {
  RnodeModem::Config config;
  config.station = {0x0102};
  config.parameters.frequency_hz = 869'525'000;
  config.parameters.lora = {125'000, 8, 5};
  config.parameters.power_dbm = 14;
  return config;
}

/// Lets the two talk until both are quiet.
Wanted converse(RnodeModem& modem, RnodeDevice& device, TimePoint now) {
  Wanted all;
  for (auto said = drain(modem);; said = drain(modem)) {
    all.ready |= said.ready;
    if (!said.failed.empty()) all.failed = said.failed;
    for (auto& heard : said.received) all.received.push_back(heard);
    if (said.octets.empty()) return all;
    modem.receive(now, device.answer(said.octets));
  }
}

TEST(RnodeModem, SetsTheRadioUpAndIsReadyOnceAllIsConfirmed) {
  RnodeModem modem{rnode()};
  RnodeDevice device;
  modem.opened(start);
  EXPECT_TRUE(converse(modem, device, start).ready);
  EXPECT_EQ(to_hex(device.values[0x01]), "33d3e608");
  EXPECT_EQ(to_hex(device.values[0x02]), "0001e848");
  EXPECT_EQ(device.values[0x03], Bytes{14});
  EXPECT_EQ(device.values[0x04], Bytes{8});
  EXPECT_EQ(device.values[0x05], Bytes{5});
  EXPECT_EQ(device.values[0x06], Bytes{1});
}

TEST(RnodeModem, SaysWhatTheDeviceDidNotTake) {
  RnodeModem modem{rnode()};
  RnodeDevice device;
  device.refuses = 0x03;
  device.values[0x03] = {7};
  modem.opened(start);
  EXPECT_FALSE(converse(modem, device, start).ready);
  modem.advance(*modem.deadline());
  EXPECT_THAT(drain(modem).failed, testing::HasSubstr("power"));
}

TEST(RnodeModem, SaysThatNobodyAnswers) {
  RnodeModem modem{rnode()};
  modem.opened(start);
  (void)drain(modem);
  modem.advance(*modem.deadline());
  EXPECT_THAT(drain(modem).failed, testing::HasSubstr("no RNode"));
  EXPECT_FALSE(modem.deadline());
}

TEST(RnodeModem, GivesOneFrameAtATimeWithFlowControl) {
  auto config = rnode();
  config.parameters.flow_control = true;
  RnodeModem modem{config};
  RnodeDevice device;
  modem.opened(start);
  (void)converse(modem, device, start);
  device.says_ready = false;
  for (std::uint8_t i = 0; i < 12; ++i) modem.send(start, std::nullopt, Bytes{i});
  (void)converse(modem, device, start);
  EXPECT_EQ(device.sent.size(), 1u);
  EXPECT_EQ(modem.counters().dropped, 3u) << "eight wait";
  device.says_ready = true;
  modem.receive(start, encode_kiss(0x0f, Bytes{0}));
  (void)converse(modem, device, start);
  EXPECT_EQ(device.sent.size(), 1u) << "not ready yet";
  modem.receive(start, encode_kiss(0x0f, Bytes{1}));
  (void)converse(modem, device, start);
  EXPECT_EQ(device.sent.size(), 9u);
}

TEST(RnodeModem, GoesOnWhenAReadyWasLost) {
  auto config = rnode();
  config.parameters.flow_control = true;
  RnodeModem modem{config};
  RnodeDevice device;
  modem.opened(start);
  (void)converse(modem, device, start);
  device.says_ready = false;
  modem.send(start, std::nullopt, Bytes{1});
  modem.send(start, std::nullopt, Bytes{2});
  (void)converse(modem, device, start);
  modem.advance(*modem.deadline());
  (void)converse(modem, device, start);
  EXPECT_EQ(device.sent.size(), 2u);
}

TEST(RnodeModem, TellsHowStrongAFrameWas) {
  RnodeModem modem{rnode()};
  RnodeDevice device;
  modem.opened(start);
  (void)converse(modem, device, start);
  modem.receive(start, encode_kiss(0x23, Bytes{57}));
  modem.receive(start, encode_kiss(0x24, Bytes{0xf6}));
  modem.receive(start, encode_kiss(0x00, ShortHeader{0x0102, {0x0304}}.put_before(Bytes{1, 2})));
  modem.receive(start, encode_kiss(0x00, ShortHeader{0x0102, {0x0304}}.put_before(Bytes{3})));
  const auto heard = drain(modem).received;
  ASSERT_EQ(heard.size(), 2u);
  ASSERT_TRUE(heard[0].signal);
  EXPECT_EQ(heard[0].signal->rssi_dbm, -100);
  EXPECT_DOUBLE_EQ(heard[0].signal->snr_db, -2.5);
  EXPECT_EQ(heard[0].from, ShortStation{0x0304}.address());
  EXPECT_FALSE(heard[1].signal) << "of an earlier frame";
}

TEST(RnodeModem, FailsWhenTheDeviceHasRestartedOrGoneSilent) {
  RnodeModem restarted{rnode()};
  RnodeDevice device;
  restarted.opened(start);
  (void)converse(restarted, device, start);
  restarted.receive(start, encode_kiss(0x06, Bytes{0}));
  EXPECT_FALSE(drain(restarted).failed.empty());

  RnodeModem silent{rnode()};
  silent.opened(start);
  (void)converse(silent, device, start);
  device.silent = true;
  silent.advance(*silent.deadline());
  (void)converse(silent, device, start);
  EXPECT_TRUE(drain(silent).failed.empty());
  silent.advance(*silent.deadline());
  EXPECT_THAT(drain(silent).failed, testing::HasSubstr("not answer"));
}

TEST(RnodeModem, CountsWhatTheDeviceCouldNotSend) {
  RnodeModem modem{rnode()};
  RnodeDevice device;
  modem.opened(start);
  (void)converse(modem, device, start);
  modem.receive(start, encode_kiss(0x90, Bytes{0x04}));  // its queue is full
  modem.send(start, std::nullopt, Bytes(RnodeModem::frame_bytes_max, 1));
  EXPECT_EQ(modem.counters().refused, 2u);
}

TEST(LinkProfile, KnowsLorasTimeOnAir) {
  // Semtech's own calculator: SF9, 250 kHz, 4/5, 50 octets: 153.6 ms; SF7, 125 kHz: 97.5 ms.
  const auto ms = [](Duration time) {
    return static_cast<double>(time / std::chrono::microseconds{1}) / 1000;
  };
  EXPECT_NEAR(ms(lora_profile({250'000, 9, 5}).airtime(50)), 153.6, 11);
  EXPECT_NEAR(ms(lora_profile({125'000, 7, 5}).airtime(50)), 97.5, 6);
}

}  // namespace
}  // namespace muster::radio
