// SPDX-License-Identifier: Apache-2.0
#include "node/io/settings_file.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

/// A file is understood whole or refused in one line that names it.
void run(BytesView input) {
  const auto settings = node::parse_settings(as_text(input), "node.toml");
  if (settings) return;
  MUST(settings.error().sentence.starts_with("node.toml"));
  MUST(settings.error().sentence.find('\n') == std::string::npos);
}

std::vector<Bytes> seeds() {
  return {to_bytes(std::string_view{R"([state]
directory = "/tmp/state"
[control]
socket = "ipc:///tmp/c.sock"
[sip]
listen = "[::1]:5062"
[media]
ports = [30000, 30099]
deadline = "250ms"
[messages]
answer_within = "3s"
lifetime = "2d"
quota_bytes = 1000000
[discovery]
peers = ["192.0.2.7:7077"]
[log]
level = "debug"
[[link]]
kind = "udp"
interface = "wlan0"
port = 7078
mtu = 1200
)"})};
}

}  // namespace muster::fuzz
