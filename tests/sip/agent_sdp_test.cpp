// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_sdp.hpp"

namespace muster::sip {
namespace {

const AgentSdpOrigin own{*IpEndpoint::parse("10.0.0.1:4000"), 7, 1};

std::string offer(const std::string& streams) {
  return "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n" + streams;
}

TEST(AgentSdp, AgreesWithItself) {
  const auto answer = agent_sdp_answer(agent_sdp_offer(own), own);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->audio, (AgentAudio{own.media, G711::pcmu, true, true}));
  EXPECT_EQ(agent_sdp_agreed(answer->sdp), (AgentAudio{own.media, G711::pcmu, true, true}));
}

TEST(AgentSdp, TakesTheLawTheOtherSidePrefers) {
  const auto answer = agent_sdp_answer(offer("m=audio 4002 RTP/AVP 96 8 0\r\n"), own);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->audio.law, G711::pcma);
  EXPECT_EQ(answer->audio.to, *IpEndpoint::parse("10.0.0.2:4002"));
}

TEST(AgentSdp, AnswersEveryStreamAndRefusesThoseItCannot) {
  const auto answer = agent_sdp_answer(
      offer("m=video 5000 RTP/AVP 97\r\nm=audio 4002 RTP/AVP 0\r\nm=audio 4004 RTP/AVP 0\r\n"),
      own);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->sdp,
              testing::HasSubstr("m=video 0 RTP/AVP 97\r\nm=audio 4000 RTP/AVP 0\r\n"));
  EXPECT_THAT(answer->sdp, testing::EndsWith("m=audio 0 RTP/AVP 0\r\n"));
}

TEST(AgentSdp, MirrorsTheDirection) {
  const struct {
    const char* offered;
    const char* answered;
    bool sends, hears;
  } cases[] = {{"sendonly", "recvonly", false, true},
               {"recvonly", "sendonly", true, false},
               {"inactive", "inactive", false, false}};
  for (const auto& one : cases) {
    const std::string attribute = std::string{"a="} + one.offered + "\r\n";
    for (const auto& text : {offer("m=audio 4002 RTP/AVP 0\r\n" + attribute),
                             offer(attribute + "m=audio 4002 RTP/AVP 0\r\n")}) {
      const auto answer = agent_sdp_answer(text, own);
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->audio.sends, one.sends) << text;
      EXPECT_EQ(answer->audio.hears, one.hears) << text;
      EXPECT_THAT(answer->sdp, testing::HasSubstr(std::string{"a="} + one.answered));
    }
  }
}

TEST(AgentSdp, RefusesWhatItCannotSpeak) {
  EXPECT_FALSE(agent_sdp_answer("", own));
  EXPECT_FALSE(agent_sdp_answer("nonsense", own));
  EXPECT_FALSE(agent_sdp_answer(offer("m=audio 4002 RTP/AVP 9\r\n"), own));
  EXPECT_FALSE(agent_sdp_answer(offer("m=audio 4002 RTP/SAVP 0\r\n"), own));
  EXPECT_FALSE(agent_sdp_answer(offer("m=video 4002 RTP/AVP 0\r\n"), own));
  EXPECT_FALSE(agent_sdp_agreed(offer("m=audio 0 RTP/AVP 0\r\n")));
}

}  // namespace
}  // namespace muster::sip
