// SPDX-License-Identifier: Apache-2.0
#include "node/io/control_codec.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

/// A request or reply that was read is written so that it is read as the same.
void run(BytesView input) {
  if (const auto question = node::decode_question(input)) {
    MUST(node::decode_question(node::encode_question(*question)) == *question);
  }
  if (const auto event = node::decode_event(input)) {
    MUST(node::decode_event(node::encode_event(*event)) == *event);
  }
  const auto report = node::decode_report(input);
  if (!report) {
    MUST(node::decode_report(node::encode_refusal("no")).error().sentence == "no");
    return;
  }
  const Bytes written = node::encode_report(*report);
  const auto again = node::decode_report(written);
  MUST(again && again->index() == report->index());
  MUST(node::encode_report(*again) == written);
}

std::vector<Bytes> seeds() {
  using namespace node;
  StatusReport status;
  status.node = "ab";
  status.counters = {{"frames.garbage", 3}};
  TraceReport trace;
  trace.target = "bob";
  TraceReport::Step step;
  step.node = "ab";
  step.records = {{"ab", "host-1", 1, 2, 3}};
  trace.paths = {{"ab", "host-1", "silent", {step}}};
  trace.holders = {step};
  ServicesReport services;
  services.service = "gateway";
  services.offers = {{"gateway", "ab", "host-1", "hill", true, true, 256, 1.5, 60, true}};
  return {encode_question(Question::peers),
          encode_report(services),
          encode_question({Question::trace, "bob", 7}),
          encode_report(trace),
          encode_refusal("no"),
          encode_event({7, 8, {NodeEvent::Kind::registered, "alice@drill.example"}}),
          encode_report(status),
          encode_report(std::vector<PeerReport>{{"ab", "host-1", "wlan0", "a:1", true, 1, 1}}),
          encode_report(std::vector<UserReport>{{"sip:a@b", true, {{"ab", "host-1"}}}}),
          encode_report(std::vector<MessageReport>{{1, "a", "b", "waiting", 2, 3}})};
}

}  // namespace muster::fuzz
