// SPDX-License-Identifier: Apache-2.0
#include "sim/trace_reader.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

void check(const sim::MotionTrace& trace) {
  for (const auto& way : trace.ways) {
    Duration before{};
    for (const auto& stretch : way.stretches) {
      MUST(stretch.depart >= before && stretch.arrive >= stretch.depart);
      before = stretch.arrive;
    }
  }
  for (const auto& loss : trace.path_losses)
    MUST(loss.from < trace.ways.size() && loss.to < trace.ways.size());
}

void check(const sim::ContactTrace& trace) {
  Duration before{};
  for (const auto& contact : trace.contacts) {
    MUST(contact.a != contact.b && contact.at >= before);
    before = contact.at;
  }
}

void check(const sim::LinkTrace& trace) {
  for (const auto& link : trace.links) MUST(link.a < trace.hosts && link.b < trace.hosts);
}

}  // namespace

/// A trace is understood whole, in order of time, or refused in one line that names the file.
void run(BytesView input) {
  const auto trace = sim::read_trace(as_text(input), "t");
  if (trace) {
    std::visit([](const auto& it) { check(it); }, *trace);
    return;
  }
  MUST(trace.error().sentence.starts_with("t:"));
  MUST(trace.error().sentence.find('\n') == std::string::npos);
}

std::vector<Bytes> seeds() {
  const auto text = [](std::string_view it) { return to_bytes(it); };
  return {text(R"($node_(0) set X_ 10.0
$node_(0) set Y_ 20.0
$node_(0) set Z_ 0.0
$god_ set-dist 0 1 1
$ns_ at 5.0 "$node_(0) setdest 110.0 20.0 10.0"
$ns_ at 20.0 "$node_(0) set X_ 7.0"
)"),
          text("0.0 1 2 10.0 11 2 30.0 11 2\n0 5 5\n"),
          text(R"(-Inf nem:1 location gps 50.0,8.0,100.0
0.0 nem:2 location gps 50.001,8.0,100.0
0.0 nem:1 velocity 0.0,0.0,0.0
5.0 nem:1 pathloss nem:2,80 nem:2,200,80
)"),
          text("0\tCONN\t0\t2\tup\n7.5\tCONN\t0\t2\tdown\n"),
          text(R"({"links": [{"source": 0, "target": 2, "source_tq": 0.75, "target_tq": 1}],
 "nodes": [{"id": 2}, {"id": "x"}]}
)")};
}

}  // namespace muster::fuzz
