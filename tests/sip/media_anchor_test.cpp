// SPDX-License-Identifier: Apache-2.0
#include "sip/media_anchor.hpp"

#include "core/base/seeded_random.hpp"

namespace muster::sip {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class CountedSockets final : public MediaSockets {
 public:
  std::optional<std::uint16_t> open_pair() override {
    if (open.size() == pairs_max) return std::nullopt;
    std::uint16_t port = 20000;
    while (open.contains(port)) port = static_cast<std::uint16_t>(port + 2);
    open.insert(port);
    return port;
  }
  void close_pair(std::uint16_t port) override { EXPECT_EQ(open.erase(port), 1u); }

  bool is_of_this_machine(const IpAddress& of) const override {
    return of.is_loopback() || std::find(own.begin(), own.end(), of) != own.end();
  }

  std::vector<IpAddress> own;
  std::set<std::uint16_t> open;
  std::size_t pairs_max = 1000;
};

IpEndpoint endpoint(std::string_view text) { return IpEndpoint::parse(text).value(); }
IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

/// What a phone at `host` says of an audio stream at `port`.
std::string sdp(std::string_view host, unsigned port, std::string_view more = "") {
  return "v=0\r\no=- 1 1 IN IP4 " + std::string{host} + "\r\ns=-\r\nc=IN IP4 " + std::string{host} +
         "\r\nt=0 0\r\nm=audio " + std::to_string(port) + " RTP/AVP 0\r\n" + std::string{more};
}

NodeId node(std::uint8_t number) {
  NodeId id;
  id.octets[0] = number;
  return id;
}

class AnchoredCall : public testing::Test {
 protected:
  static constexpr std::uint16_t rtp_port = 20000;
  const MediaKey key = media_key("call");
  const IpAddress here = address("127.0.0.1");
  const Bytes voice{0x80, 0x00, 0x11, 0x22};

  /// alice's phone, at 10.0.0.5:4000, is in a call with somebody at node 2.
  void set_up_alice() {
    ASSERT_TRUE(
        anchor.learn_from_phone(now, key, Leg::caller, address("10.0.0.5"), sdp("10.0.0.5", 4000)));
    anchor.set_peer(now, key, Leg::caller, node(2));
    const auto for_alice =
        anchor.anchor_towards_phone(now, key, Leg::caller, here, sdp("10.9.9.9", 6000));
    ASSERT_TRUE(for_alice.has_value());
    const auto read = Sdp::parse(*for_alice).value();
    ASSERT_EQ(read.streams().at(0).rtp, endpoint("127.0.0.1:20000"));
  }
  Bytes from_far(Leg towards = Leg::caller, std::uint8_t stream = 0, bool rtcp = false) const {
    return MediaPacket{key, towards, stream, rtcp, voice}.serialise();
  }
  template <typename T>
  std::optional<T> next() {
    const auto output = anchor.poll();
    if (!output || !std::holds_alternative<T>(*output)) return std::nullopt;
    return std::get<T>(*output);
  }

  TimePoint now{seconds{1000}};
  CountedSockets sockets;
  MediaAnchor anchor{sockets, {}};
};

TEST_F(AnchoredCall, SendsWhatThePhoneSaysToTheNodeOfTheCall) {
  set_up_alice();
  anchor.receive_rtp(now, rtp_port, endpoint("10.0.0.5:4000"), voice);
  const auto output = next<MediaAnchor::ToNode>();
  ASSERT_TRUE(output.has_value());
  EXPECT_EQ(output->to, node(2));
  EXPECT_EQ(output->packet, from_far(Leg::callee));
  EXPECT_EQ(output->expires, now + milliseconds{400});
}

TEST_F(AnchoredCall, SendsRtcpAsSuch) {
  set_up_alice();
  anchor.receive_rtp(now, rtp_port + 1, endpoint("10.0.0.5:4001"), voice);
  EXPECT_EQ(next<MediaAnchor::ToNode>()->packet, from_far(Leg::callee, 0, true));
  anchor.receive_from_node(now, node(2), from_far(Leg::caller, 0, true));
  const auto output = next<MediaAnchor::ToPhone>();
  EXPECT_EQ(output->local_port, rtp_port + 1);
  EXPECT_EQ(output->to, endpoint("10.0.0.5:4001"));
}

TEST_F(AnchoredCall, PlaysWhatTheFarNodeSendsAtThePhone) {
  set_up_alice();
  anchor.receive_from_node(now, node(2), from_far());
  const auto output = next<MediaAnchor::ToPhone>();
  ASSERT_TRUE(output.has_value());
  EXPECT_EQ(output->local_port, rtp_port);
  EXPECT_EQ(output->to, endpoint("10.0.0.5:4000"));
  EXPECT_EQ(output->packet, voice);
}

TEST_F(AnchoredCall, HearsNobodyButThePhone) {
  set_up_alice();
  anchor.receive_rtp(now, rtp_port, endpoint("10.0.0.66:4000"), voice);
  EXPECT_FALSE(anchor.poll().has_value());
  EXPECT_EQ(anchor.counters().foreign_source, 1u);
}

TEST_F(AnchoredCall, HearsNoNodeButThePeer) {
  set_up_alice();
  anchor.receive_from_node(now, node(3), from_far());
  anchor.receive_from_node(now, node(2), from_far(Leg::callee));
  EXPECT_FALSE(anchor.poll().has_value());
  EXPECT_EQ(anchor.counters().foreign_source, 2u);
}

TEST_F(AnchoredCall, ReachesAPhoneBehindATranslatorWhereItsMediaComesFrom) {
  ASSERT_TRUE(anchor.learn_from_phone(now, key, Leg::caller, address("10.0.0.5"),
                                      sdp("192.168.1.2", 4000)));
  anchor.set_peer(now, key, Leg::caller, node(2));
  ASSERT_TRUE(anchor.anchor_towards_phone(now, key, Leg::caller, here, sdp("10.9.9.9", 6000)));
  anchor.receive_rtp(now, rtp_port, endpoint("10.0.0.5:61234"), voice);
  EXPECT_TRUE(next<MediaAnchor::ToNode>().has_value());
  anchor.receive_from_node(now, node(2), from_far());
  EXPECT_EQ(next<MediaAnchor::ToPhone>()->to, endpoint("10.0.0.5:61234"));
}

// A phone beside the node that signals from one address of the machine and names it: what it sends
// to the node's media address comes from that one.
TEST_F(AnchoredCall, HearsAPhoneOfThisMachineThroughAnyOfItsAddresses) {
  sockets.own = {address("192.0.2.2"), address("10.77.0.1")};
  const auto set_up = [&](const char* signalled, const char* named) {
    ASSERT_TRUE(
        anchor.learn_from_phone(now, key, Leg::caller, address(signalled), sdp(named, 4000)));
    anchor.set_peer(now, key, Leg::caller, node(2));
    ASSERT_TRUE(anchor.anchor_towards_phone(now, key, Leg::caller, address("10.77.0.1"),
                                            sdp("10.9.9.9", 6000)));
  };
  const auto hears = [&](const char* from) {
    anchor.receive_rtp(now, rtp_port, endpoint(from), voice);
    return next<MediaAnchor::ToNode>().has_value();
  };
  set_up("192.0.2.2", "192.0.2.2");
  EXPECT_TRUE(hears("10.77.0.1:4000"));
  EXPECT_TRUE(hears("192.0.2.2:4000"));
  EXPECT_FALSE(hears("10.77.0.9:4000"));
  set_up("127.0.0.1", "192.0.2.2");
  EXPECT_TRUE(hears("127.0.0.1:4000"));
  EXPECT_TRUE(hears("10.77.0.1:4000"));
  anchor.receive_from_node(now, node(2), from_far());
  EXPECT_EQ(next<MediaAnchor::ToPhone>()->to, endpoint("127.0.0.1:4000"));
  set_up("10.77.0.9", "10.77.0.9");  // of another machine
  EXPECT_FALSE(hears("10.77.0.1:4000"));
}

TEST_F(AnchoredCall, KeepsToTheSignalledPortOfAPhoneThatSendsFromAnother) {
  set_up_alice();
  anchor.receive_rtp(now, rtp_port, endpoint("10.0.0.5:4444"), voice);
  EXPECT_TRUE(next<MediaAnchor::ToNode>().has_value());
  anchor.receive_from_node(now, node(2), from_far());
  EXPECT_EQ(next<MediaAnchor::ToPhone>()->to, endpoint("10.0.0.5:4000"));
}

TEST_F(AnchoredCall, BridgesTwoPhonesOfThisNode) {
  ASSERT_TRUE(
      anchor.learn_from_phone(now, key, Leg::caller, address("10.0.0.5"), sdp("10.0.0.5", 4000)));
  ASSERT_TRUE(anchor.anchor_towards_phone(now, key, Leg::callee, here, sdp("10.0.0.5", 4000)));
  ASSERT_TRUE(
      anchor.learn_from_phone(now, key, Leg::callee, address("10.0.0.6"), sdp("10.0.0.6", 5000)));
  ASSERT_TRUE(anchor.anchor_towards_phone(now, key, Leg::caller, here, sdp("10.0.0.6", 5000)));
  anchor.bridge(now, key);
  ASSERT_EQ(sockets.open.size(), 2u);
  anchor.receive_rtp(now, 20002, endpoint("10.0.0.5:4000"), voice);  // the caller's port
  const auto output = next<MediaAnchor::ToPhone>();
  ASSERT_TRUE(output.has_value());
  EXPECT_EQ(output->local_port, 20000);
  EXPECT_EQ(output->to, endpoint("10.0.0.6:5000"));
}

TEST_F(AnchoredCall, LastBranchThatSpokeIsThePeer) {
  set_up_alice();
  anchor.set_peer(now, key, Leg::caller, node(4));
  anchor.receive_rtp(now, rtp_port, endpoint("10.0.0.5:4000"), voice);
  EXPECT_EQ(next<MediaAnchor::ToNode>()->to, node(4));
}

TEST_F(AnchoredCall, KeepsItsPortsThroughTheCall) {
  set_up_alice();
  const auto again =
      anchor.anchor_towards_phone(now, key, Leg::caller, here, sdp("10.0.0.9", 7000));
  EXPECT_EQ(Sdp::parse(again.value())->streams().at(0).rtp, endpoint("127.0.0.1:20000"));
  EXPECT_EQ(sockets.open.size(), 1u);
}

TEST_F(AnchoredCall, LeavesStreamsAloneThatAreNoRtp) {
  const auto changed = anchor.anchor_towards_phone(
      now, key, Leg::caller, here, sdp("10.0.0.9", 7000, "m=image 7002 udptl t38\r\n"));
  EXPECT_NE(changed->find("m=image 7002 udptl t38\r\n"), std::string::npos);
  EXPECT_EQ(sockets.open.size(), 1u);
}

TEST_F(AnchoredCall, SaysSoWhenThePortsAreUsedUp) {
  sockets.pairs_max = 0;
  EXPECT_EQ(anchor.anchor_towards_phone(now, key, Leg::caller, here, sdp("10.0.0.9", 7000)).error(),
            MediaAnchor::Refusal::no_ports);
}

TEST_F(AnchoredCall, RefusesABodyThatIsNoSessionDescription) {
  EXPECT_EQ(anchor.learn_from_phone(now, key, Leg::caller, here, "hello").error(),
            MediaAnchor::Refusal::not_sdp);
  EXPECT_EQ(anchor.sessions(), 0u);
}

TEST_F(AnchoredCall, HoldsItsLimitOfSessions) {
  MediaAnchor::Limits limits;
  limits.sessions_max = 1;
  MediaAnchor small(sockets, limits);
  EXPECT_TRUE(small.learn_from_phone(now, key, Leg::caller, here, sdp("10.0.0.5", 4000)));
  EXPECT_EQ(
      small.learn_from_phone(now, media_key("other"), Leg::caller, here, sdp("10.0.0.5", 4000))
          .error(),
      MediaAnchor::Refusal::too_many);
}

TEST_F(AnchoredCall, ClosesItsPortsAtTheEnd) {
  set_up_alice();
  anchor.end(key);
  anchor.end(key);
  EXPECT_TRUE(sockets.open.empty());
  anchor.receive_rtp(now, rtp_port, endpoint("10.0.0.5:4000"), voice);
  anchor.receive_from_node(now, node(2), from_far());
  EXPECT_FALSE(anchor.poll().has_value());
  EXPECT_FALSE(anchor.deadline().has_value());
}

TEST_F(AnchoredCall, ForgetsACallWhoseMediaHasCeased) {
  set_up_alice();
  anchor.receive_rtp(now, rtp_port, endpoint("10.0.0.5:4000"), voice);
  EXPECT_EQ(anchor.deadline(), now + seconds{60});
  anchor.advance(now + seconds{59});
  EXPECT_EQ(anchor.sessions(), 1u);
  anchor.advance(now + seconds{60});
  EXPECT_EQ(anchor.sessions(), 0u);
  EXPECT_TRUE(sockets.open.empty());
}

TEST_F(AnchoredCall, LetsAPhoneRingForMinutes) {
  set_up_alice();
  anchor.advance(now + minutes{4});
  EXPECT_EQ(anchor.sessions(), 1u);
}

TEST_F(AnchoredCall, KeepsACallThatIsOnHold) {
  set_up_alice();
  anchor.receive_rtp(now, rtp_port, endpoint("10.0.0.5:4000"), voice);
  ASSERT_TRUE(anchor.learn_from_phone(now, key, Leg::caller, address("10.0.0.5"),
                                      sdp("10.0.0.5", 4000, "a=sendonly\r\n")));
  anchor.advance(now + minutes{30});
  EXPECT_EQ(anchor.sessions(), 1u);
}

TEST_F(AnchoredCall, DropsPacketsThatAreTooLargeOrEmpty) {
  set_up_alice();
  anchor.receive_rtp(now, rtp_port, endpoint("10.0.0.5:4000"), Bytes(1501, 0));
  anchor.receive_rtp(now, rtp_port, endpoint("10.0.0.5:4000"), Bytes{});
  anchor.receive_from_node(now, node(2),
                           MediaPacket{key, Leg::caller, 0, false, Bytes(1501, 0)}.serialise());
  anchor.receive_from_node(now, node(2), Bytes{1, 2, 3});
  EXPECT_FALSE(anchor.poll().has_value());
  EXPECT_EQ(anchor.counters().malformed, 4u);
}

TEST_F(AnchoredCall, SurvivesAnyMediaPacket) {
  set_up_alice();
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SeededRandom random(seed);
    Bytes packet = from_far();
    packet[random.below(packet.size())] = static_cast<std::uint8_t>(random.next());
    packet.resize(random.below(packet.size() + 1));
    anchor.receive_from_node(now, node(2), packet);
    if (const auto output = next<MediaAnchor::ToPhone>()) {
      ASSERT_LE(output->packet.size(), voice.size()) << "seed " << seed;
      ASSERT_EQ(output->to.address, address("10.0.0.5")) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace muster::sip
