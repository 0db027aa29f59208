// SPDX-License-Identifier: Apache-2.0
#include "sip/sdp.hpp"

#include "core/base/seeded_random.hpp"

namespace muster::sip {
namespace {

const std::string offer =
    "v=0\r\n"
    "o=- 13 17 IN IP4 10.0.0.5\r\n"
    "s=-\r\n"
    "c=IN IP4 10.0.0.5\r\n"
    "t=0 0\r\n"
    "m=audio 4002 RTP/AVP 0 8 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
    "a=rtcp:4003\r\n"
    "a=sendrecv\r\n"
    "m=video 4004/1 RTP/SAVP 31\r\n"
    "c=IN IP4 10.0.0.6\r\n"
    "a=rtcp:5009 IN IP4 10.0.0.7\r\n"
    "a=rtcp-mux\r\n";

IpEndpoint endpoint(std::string_view text) { return IpEndpoint::parse(text).value(); }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Sdp, TellsWhereEachStreamIsReceived) {
  const auto sdp = Sdp::parse(offer).value();
  ASSERT_EQ(sdp.streams().size(), 2u);
  EXPECT_EQ(sdp.streams()[0].media, "audio");
  EXPECT_TRUE(sdp.streams()[0].is_rtp);
  EXPECT_EQ(sdp.streams()[0].rtp, endpoint("10.0.0.5:4002"));
  EXPECT_EQ(sdp.streams()[0].rtcp, endpoint("10.0.0.5:4003"));
  EXPECT_FALSE(sdp.streams()[0].rtcp_mux);
  EXPECT_EQ(sdp.streams()[1].rtp, endpoint("10.0.0.6:4004"));
  EXPECT_EQ(sdp.streams()[1].rtcp, endpoint("10.0.0.7:5009"));
  EXPECT_TRUE(sdp.streams()[1].rtcp_mux);
  EXPECT_FALSE(sdp.on_hold());
}

TEST(Sdp, IsUntouchedByBeingRead) {
  for (const auto& text : {offer, replaced(offer, "s=-\r\n", "s=-\n"), offer + "\r\n",
                           offer.substr(0, offer.size() - 2)}) {
    EXPECT_EQ(Sdp::parse(text).value().str(), text);
  }
}

TEST(Sdp, RedirectsOneStreamAndTouchesNothingElse) {
  auto sdp = Sdp::parse(offer).value();
  sdp.redirect(1, endpoint("127.0.0.1:20002"));
  EXPECT_EQ(sdp.str(), replaced(replaced(replaced(offer, "video 4004/1", "video 20002/1"),
                                         "c=IN IP4 10.0.0.6", "c=IN IP4 127.0.0.1"),
                                "a=rtcp:5009 IN IP4 10.0.0.7", "a=rtcp:20003 IN IP4 127.0.0.1"));
}

TEST(Sdp, RedirectsAStreamThatUsesTheAddressOfTheSession) {
  auto sdp = Sdp::parse(offer).value();
  sdp.redirect(0, endpoint("[fd00::1]:20000"));
  EXPECT_EQ(sdp.str(), replaced(replaced(replaced(offer, "audio 4002", "audio 20000"),
                                         "c=IN IP4 10.0.0.5", "c=IN IP6 fd00::1"),
                                "a=rtcp:4003", "a=rtcp:20001"));
  EXPECT_EQ(Sdp::parse(sdp.str())->streams()[0].rtp, endpoint("[fd00::1]:20000"));
}

TEST(Sdp, LeavesARefusedStreamRefused) {
  const auto text = replaced(offer, "audio 4002", "audio 0");
  auto sdp = Sdp::parse(text).value();
  EXPECT_FALSE(sdp.streams()[0].rtp.has_value());
  sdp.redirect(0, endpoint("127.0.0.1:20000"));
  EXPECT_EQ(sdp.str(), text);
}

TEST(Sdp, LeavesHoldByAddressAsItIs) {
  const auto text = replaced(offer, "c=IN IP4 10.0.0.5", "c=IN IP4 0.0.0.0");
  auto sdp = Sdp::parse(text).value();
  EXPECT_TRUE(sdp.on_hold());
  EXPECT_FALSE(sdp.streams()[0].rtp.has_value());
  sdp.redirect(0, endpoint("127.0.0.1:20000"));
  EXPECT_EQ(sdp.str(), text);
}

TEST(Sdp, KnowsHoldByDirection) {
  EXPECT_TRUE(Sdp::parse(replaced(offer, "a=sendrecv", "a=sendonly"))->on_hold());
  EXPECT_TRUE(Sdp::parse(replaced(offer, "t=0 0", "t=0 0\r\na=inactive"))->on_hold());
}

TEST(Sdp, KeepsRtcpOnThePortOfRtpWhereTheOwnerWantsThat) {
  auto sdp = Sdp::parse(replaced(offer, "a=rtcp:4003", "a=rtcp:4002")).value();
  sdp.redirect(0, endpoint("127.0.0.1:20000"));
  EXPECT_NE(sdp.str().find("a=rtcp:20000\r\n"), std::string::npos);
}

TEST(Sdp, HasNoEndpointForAHostName) {
  const auto sdp = Sdp::parse(replaced(offer, "IN IP4 10.0.0.5\r\ns", "IN IP4 x\r\ns")).value();
  EXPECT_TRUE(sdp.streams()[0].rtp.has_value());
  const auto named = Sdp::parse(replaced(offer, "c=IN IP4 10.0.0.5", "c=IN IP4 phone.example"));
  EXPECT_FALSE(named->streams()[0].rtp.has_value());
}

TEST(Sdp, RefusesWhatItCannotRead) {
  EXPECT_FALSE(Sdp::parse("").has_value());
  EXPECT_FALSE(Sdp::parse("hello").has_value());
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"m=audio 4002", "m=audio 65536"},
           {"m=audio 4002", "m=audio x"},
           {"m=audio 4002 RTP/AVP 0 8 101", "m="},
           {"c=IN IP4 10.0.0.5\r\n", ""},
           {"c=IN IP4 10.0.0.6", "c=IN IP5 10.0.0.6"},
           {"a=rtcp:4003", "a=rtcp:-1"},
           {"a=rtcp:5009 IN IP4 10.0.0.7", "a=rtcp:5009 IN"},
           {"s=-", "nonsense"}}) {
    EXPECT_FALSE(Sdp::parse(replaced(offer, from, to)).has_value()) << to;
  }
}

TEST(Sdp, RefusesAStreamWithoutAProtocol) {
  for (const auto* media : {"m=audio 4002", "m=audio 4002 ", "m=audio 4002/2", "m=audio/RTP 96"}) {
    EXPECT_FALSE(Sdp::parse(replaced(offer, "m=audio 4002 RTP/AVP 0 8 101", media))) << media;
  }
}

TEST(Sdp, HoldsItsLimits) {
  EXPECT_FALSE(Sdp::parse(offer + "a=" + std::string(Sdp::bytes_max, 'x')).has_value());
  std::string many = offer;
  for (std::size_t i = 0; i < Sdp::streams_max; ++i) many += "m=audio 9 RTP/AVP 0\r\n";
  EXPECT_FALSE(Sdp::parse(many).has_value());
}

TEST(Sdp, SurvivesAnyDamage) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SeededRandom random(seed);
    std::string text = offer;
    for (int i = 0; i < 3; ++i) {
      constexpr std::string_view nasty{"\0\r\n =:/9amc", 12};
      text[3 + random.below(text.size() - 3)] = nasty[random.below(nasty.size())];
    }
    auto sdp = Sdp::parse(text);
    if (!sdp) continue;
    ASSERT_EQ(sdp->str(), text) << "seed " << seed;
    for (std::size_t i = 0; i < sdp->streams().size(); ++i) {
      sdp->redirect(i, endpoint("127.0.0.1:20000"));
    }
    ASSERT_TRUE(Sdp::parse(sdp->str()).has_value()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace muster::sip
