// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_sdp.hpp"

namespace muster::sip {
namespace {

const AgentSdpOrigin own{*IpEndpoint::parse("10.0.0.1:4000"), 7, 1};

std::string offer(const std::string& streams) {
  return "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n" + streams;
}

const AudioFormat opus{
    .codec = AudioCodec::opus, .payload_type = 96, .repairs = true, .bits_per_second_max = 24'000};

TEST(AgentSdp, AgreesWithItselfOnOpus) {
  const auto answer = agent_sdp_answer(agent_sdp_offer(own), own);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->audio, (AgentAudio{own.media, opus, {opus}, true, true}));
  const auto agreed = agent_sdp_agreed(answer->sdp);
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->speaks, opus);
  EXPECT_EQ(agreed->understands.size(), 3u) << "all that was offered";
}

TEST(AgentSdp, OffersOpusThenTheLaws) {
  EXPECT_THAT(agent_sdp_offer(own),
              testing::HasSubstr("m=audio 4000 RTP/AVP 96 0 8\r\n"
                                 "a=rtpmap:96 opus/48000/2\r\n"
                                 "a=fmtp:96 maxaveragebitrate=24000;useinbandfec=1\r\n"
                                 "a=rtpmap:0 PCMU/8000\r\n"
                                 "a=rtpmap:8 PCMA/8000\r\n"));
}

TEST(AgentSdp, TakesOpusByTheNumberOfTheOffer) {
  const auto answer = agent_sdp_answer(
      offer("m=audio 4002 RTP/AVP 111 0\r\na=rtpmap:111 OPUS/48000/2\r\n"
            "a=fmtp:111 stereo=1; maxaveragebitrate=12000 ;useinbandfec=0;cbr=x\r\n"),
      own);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->audio.speaks, (AudioFormat{AudioCodec::opus, 111, false, 12'000}));
  EXPECT_THAT(answer->sdp, testing::HasSubstr("RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n"));
}

TEST(AgentSdp, TakesWhatTheOtherSidePrefers) {
  const auto answer =
      agent_sdp_answer(offer("m=audio 4002 RTP/AVP 9 0 107\r\na=rtpmap:107 opus/48000/2\r\n"), own);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->audio.speaks.codec, AudioCodec::pcmu);
}

TEST(AgentSdp, KnowsALawByItsNameToo) {
  const auto answer = agent_sdp_answer(
      offer("m=audio 4002 RTP/AVP 98 99\r\na=rtpmap:98 L16/8000\r\na=rtpmap:99 pcma/8000\r\n"),
      own);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->audio.speaks, (AudioFormat{AudioCodec::pcma, 99}));
}

TEST(AgentSdp, SpeaksByTheOtherSidesNumbersAndUnderstandsByItsOwn) {
  const auto agreed =
      agent_sdp_agreed(offer("m=audio 4002 RTP/AVP 120\r\na=rtpmap:120 opus/48000/2\r\n"));
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->speaks.payload_type, 120);
  EXPECT_EQ(agreed->understands[0].payload_type, 96);
}

TEST(AgentSdp, TakesTheLawTheOtherSidePrefers) {
  const auto answer = agent_sdp_answer(offer("m=audio 4002 RTP/AVP 96 8 0\r\n"), own);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->audio.speaks.codec, AudioCodec::pcma);
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
  EXPECT_FALSE(agent_sdp_answer(offer("m=audio 4002 RTP/AVP 9 96\r\n"), own));
  EXPECT_FALSE(agent_sdp_answer(offer("m=audio 4002 RTP/SAVP 0\r\n"), own));
  EXPECT_FALSE(agent_sdp_answer(offer("m=video 4002 RTP/AVP 0\r\n"), own));
  EXPECT_FALSE(agent_sdp_agreed(offer("m=audio 0 RTP/AVP 0\r\n")));
}

}  // namespace
}  // namespace muster::sip
