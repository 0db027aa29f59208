// SPDX-License-Identifier: Apache-2.0
#include "node/trace_message.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

void run(BytesView input) {
  const auto message = node::parse_trace_message(input);
  if (!message) return;
  const auto write = [](const auto& each) { return node::encode(each); };
  const Bytes written = std::visit(write, *message);
  const auto again = node::parse_trace_message(written);
  MUST(again && again->index() == message->index());
  MUST(std::visit(write, *again) == written);
}

std::vector<Bytes> seeds() {
  using namespace node;
  TraceAnswer answer{
      7, 2, {NodeId{}, 300, 0.5, std::chrono::microseconds{1500}}, std::chrono::seconds{77}, {}};
  answer.held.push_back({NodeId{}, {3, 4}, std::chrono::seconds{5}});
  return {encode(TraceQuestion{7, 2, NodeId{}, "alice@drill.example"}),
          encode(TraceQuestion{1, 0, NodeId{}, ""}), encode(answer), encode(TraceAnswer{})};
}

}  // namespace muster::fuzz
