// SPDX-License-Identifier: Apache-2.0
#include "sip/media_packet.hpp"
#include "sip/rtp_packet.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

/// What was read and is written again says the same.
void run(BytesView input) {
  if (const auto packet = sip::MediaPacket::parse(input)) {
    MUST(packet->stream < sip::MediaPacket::streams_max);
    MUST(packet->serialise() == to_bytes(input));
  }
  if (const auto packet = sip::RtpPacket::parse(input)) {
    const Bytes written = packet->serialise();
    const auto again = sip::RtpPacket::parse(written);
    MUST(again);
    MUST(again->serialise() == written);
    MUST(to_bytes(again->payload) == to_bytes(packet->payload));
  }
}

std::vector<Bytes> seeds() {
  const Bytes sound(20, 0xd5);
  sip::RtpPacket rtp;
  rtp.sequence = 7;
  rtp.payload = sound;
  sip::MediaPacket media;
  media.key = sip::media_key("call-1");
  media.payload = sound;
  Bytes padded = rtp.serialise();
  padded[0] = 0xb1;  // padding, extension, one contributing source
  append(padded, Bytes{1, 2, 3, 4, 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 9, 9, 0, 2});
  return {rtp.serialise(), media.serialise(), padded};
}

}  // namespace muster::fuzz
