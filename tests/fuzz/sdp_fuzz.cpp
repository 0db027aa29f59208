// SPDX-License-Identifier: Apache-2.0
#include "sip/sdp.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/sip_texts.hpp"

namespace muster::fuzz {

/// Nothing but addresses is ever changed, and a stream that was redirected is where it was sent.
void run(BytesView input) {
  const std::string text{as_text(input)};
  auto sdp = sip::Sdp::parse(text);
  if (!sdp) return;
  MUST(sdp->str() == text);
  MUST(sdp->streams().size() <= sip::Sdp::streams_max);
  const auto streams = sdp->streams();
  for (std::size_t i = 0; i < streams.size(); ++i) {
    sdp->redirect(i, *IpEndpoint::parse(i % 2 == 0 ? "192.0.2.1:4000" : "[2001:db8::1]:5000"));
  }
  const auto again = sip::Sdp::parse(sdp->str());
  // Longer addresses may carry it over the limit of size, nothing else may happen to it.
  MUST(again || sdp->str().size() > sip::Sdp::bytes_max);
  if (!again) return;
  MUST(again->streams().size() == streams.size());
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (streams[i].rtp) MUST(again->streams()[i].rtp->port == (i % 2 == 0 ? 4000 : 5000));
  }
}

std::vector<Bytes> seeds() {
  return {to_bytes(std::string_view{session_description}),
          to_bytes(std::string_view{
              "v=0\no=- 0 0 IN IP4 0.0.0.0\ns=x\nt=0 0\nm=audio 49170/2 RTP/AVP 0\nc=IN IP4 "
              "224.2.1.1/127/3\na=sendonly\nm=application 9 UDP/BFCP *\nc=IN IP4 host.example\n"})};
}

}  // namespace muster::fuzz
