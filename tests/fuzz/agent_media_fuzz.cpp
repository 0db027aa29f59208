// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_media.hpp"
#include "sip/rtp_packet.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

constexpr IpEndpoint other_side{{.octets = {192, 0, 2, 9}}, 4000};
constexpr std::uint8_t opus_number = 96;
constexpr std::uint8_t pcmu_number = 0;

sip::AgentAudio audio() {
  const sip::AudioFormat opus{sip::AudioCodec::opus, opus_number};
  return {other_side, opus, {opus, {sip::AudioCodec::pcmu, pcmu_number}}};
}

sip::RtpPacket packet(Choices& choices) {
  sip::RtpPacket rtp;
  rtp.payload_type = choices.coin() ? opus_number : pcmu_number;
  rtp.source = choices.octet() % 2;
  rtp.sequence = static_cast<std::uint16_t>(choices.below(65536));
  rtp.timestamp = choices.coin() ? choices.octet() * 960u : choices.u32();
  return rtp;
}

}  // namespace

/// Whatever arrives when, the ear gives 20 ms of sound every 20 ms and keeps within its limits.
void run(BytesView input) {
  Choices choices{input};
  TimePoint now{std::chrono::seconds{1}};
  sip::AgentMedia media{now, audio(), other_side.address, {}, {}};
  std::size_t operations = 0;
  while (choices.left() && ++operations < 500) {
    switch (choices.below(4)) {
      case 0:
        media.receive(other_side, choices.bytes(1600));
        break;
      case 1: {
        auto rtp = packet(choices);
        rtp.payload = choices.bytes(200);
        media.receive(other_side, rtp.serialise());
        break;
      }
      case 2:
        now += std::chrono::milliseconds{choices.octet()};
        break;
      case 3: {
        auto other = audio();
        other.hears = choices.coin();
        if (choices.coin()) other.speaks = other.understands[1];
        media.change(other);
        break;
      }
    }
    settle(media, now, [](const sip::AgentMedia::Output& output) {
      if (const auto* heard = std::get_if<sip::AgentMedia::Heard>(&output))
        MUST(heard->frame.size() == sip::audio_samples_per_second / 50);
    });
  }
  const auto& counters = media.playout();
  MUST(counters.late + counters.repeated + counters.over_limit <= counters.received);
}

std::vector<Bytes> seeds() {
  Bytes talk;
  for (std::uint8_t i = 0; i < 8; ++i) {
    // A packet of eight octets with the next timestamp, then 20 ms.
    append(talk, Bytes{1, 1, 0, 0, i, 1, i, 8, 0xf8, 0xff, 0xfe, i, 2, 3, 4, 5, 2, 20});
  }
  return {talk, Bytes{0, 0, 12, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 200, 3, 1, 1, 2, 60}};
}

}  // namespace muster::fuzz
