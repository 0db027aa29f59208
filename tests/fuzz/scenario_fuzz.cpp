// SPDX-License-Identifier: Apache-2.0
#include "sim/make_geometric_medium.hpp"
#include "sim/scenario_reader.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

namespace {

bool moves_by_trace(const sim::Scenario& scenario) {
  return scenario.layout.mobility == sim::Mobility::trace;
}

/// Whatever places, speeds and radios it has, frames can be sent and arrive in order.
void play(const sim::Scenario& scenario) {
  const TimePoint start{std::chrono::hours{1}};
  const auto medium = sim::make_geometric_medium(scenario, start, 1);
  const auto octets = sim::datagram_bytes_max(scenario.medium);
  TimePoint last{};
  for (unsigned i = 0; i < 20; ++i) {
    const auto now = start + i * std::chrono::milliseconds{50};
    medium->transmit(now, static_cast<sim::HostIndex>(i % scenario.hosts.size()), std::nullopt,
                     Bytes(octets * i / 20));
    medium->advance(now);
    while (const auto arrival = medium->poll()) {
      MUST(arrival->due >= last && arrival->due <= now);
      last = arrival->due;
    }
  }
}

}  // namespace

/// A scenario is understood whole or refused in one line that names the file.
void run(BytesView input) {
  const sim::ScenarioLimits limits{
      .text_bytes_max = 64 * 1024, .hosts_max = 200, .users_per_host_max = 4};
  const auto scenario = sim::read_scenario(as_text(input), "s.toml", {}, limits);
  if (scenario) {
    MUST(scenario->hosts.size() <= 200);
    if (scenario->medium.kind == sim::MediumKind::geometric && !moves_by_trace(*scenario))
      play(*scenario);
    return;
  }
  MUST(scenario.error().sentence.starts_with("s.toml"));
  MUST(scenario.error().sentence.find('\n') == std::string::npos);
}

std::vector<Bytes> seeds() {
  return {to_bytes(std::string_view{R"([scenario]
name = "t"
duration = "60s"
seed = 3
[medium]
kind = "matrix"
bitrate = "6Mbit/s"
loss = { gilbert_elliott = { rate = 0.4, burst = 5 } }
[hosts]
count = 4
layout = "chain"
[workload]
messages = { total = 5, pattern = "ends", precedence = "flash" }
calls = { per_host_hour = 3, talk = "10s" }
[[link]]
between = [1, 2]
delay = "3ms"
[[event]]
at = "9s"
do = "partition"
groups = [[1, 2], ["host-3"]]
[[event]]
at = "10s"
do = "message"
from = "alice"
to = "bob"
text = "x"
[[expect]]
metric = "messages.lost"
equals = 0
)"}),
          to_bytes(std::string_view{R"([scenario]
name = "g"
duration = "1h"
[medium]
kind = "geometric"
profile = "lora-sf7-125"
range = "3km"
[hosts]
count = 20
layout = "clusters"
clusters = 2
area = "3km x 3km"
mobility = "random_waypoint"
speed = "1.5m/s"
nat = { endpoint_independent = 0.5, symmetric = 0.1 }
)"})};
}

}  // namespace muster::fuzz
