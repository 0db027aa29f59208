// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "sip/parser.hpp"
#include "sip/sdp.hpp"
#include "tests/fuzz/sip_texts.hpp"

namespace muster::sip {
namespace {

std::string invite() {
  return fuzz::sip_request(
      "INVITE", "sip:dave@drill.example",
      "Content-Type: application/sdp\r\nUser-Agent: baresip v1.0.0 (x86_64)\r\n"
      "Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,NOTIFY,SUBSCRIBE,INFO,MESSAGE\r\n"
      "Supported: gruu,replaces,norefersub\r\n",
      fuzz::session_description);
}

void SipParse(benchmark::State& state) {
  const std::string text = invite();
  for (auto _ : state) benchmark::DoNotOptimize(parse(as_bytes(text)));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(SipParse);

void SipSerialise(benchmark::State& state) {
  const auto message = parse(as_bytes(invite()));
  for (auto _ : state) benchmark::DoNotOptimize(message->serialise());
}
BENCHMARK(SipSerialise);

void SdpRedirect(benchmark::State& state) {
  const auto to = *IpEndpoint::parse("192.0.2.1:4000");
  for (auto _ : state) {
    auto sdp = Sdp::parse(fuzz::session_description);
    sdp->redirect(0, to);
    benchmark::DoNotOptimize(sdp->str());
  }
}
BENCHMARK(SdpRedirect);

}  // namespace
}  // namespace muster::sip
