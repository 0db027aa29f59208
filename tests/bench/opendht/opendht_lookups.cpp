// SPDX-License-Identifier: Apache-2.0
// The look-ups of placement_bench, done by the DHT of Debian's libopendht: nodes in one process,
// each with an address of its own on the loopback of a network namespace that opendht.py has made,
// and a kernel that drops datagrams.
//
// usage: opendht_lookups NODES VALUES LOOKUPS UNDER_WAY LOSS_PERCENT DEAD_PERCENT; prints one JSON
// object. UNDER_WAY: look-ups at a time.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <opendht.h>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t value_bytes = 200;
constexpr std::uint16_t port = 4222;
constexpr int puts_under_way_max = 64;
constexpr auto join_patience = 30s;
constexpr auto put_patience = 90s;
constexpr auto look_up_patience = 60s;  ///< of the last ones
constexpr int header_bytes = 20 + 8;    ///< IPv4 and UDP, which the kernel counts too

double milliseconds(Clock::duration span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

void shell(const std::string& command) {
  if (std::system(command.c_str()) == 0) return;
  std::fprintf(stderr, "opendht_lookups: this failed: %s\n", command.c_str());
  std::exit(1);
}

/// The kernel of this namespace: what it drops, and what it has let out.
class Medium {
 public:
  Medium() {
    shell(
        "nft 'add table ip bench; add set ip bench dead { type ipv4_addr; }; "
        "add counter ip bench sent; "
        "add chain ip bench out { type filter hook output priority 0; }; "
        "add rule ip bench out ip saddr @dead drop; "
        "add rule ip bench out meta l4proto udp counter name sent; "
        "add chain ip bench in { type filter hook input priority 0; }; "
        "add rule ip bench in ip daddr @dead drop'");
  }
  void lose(int percent) {
    if (percent == 0) return;
    shell("nft 'add rule ip bench in meta l4proto udp numgen random mod 100 < " +
          std::to_string(percent) + " drop'");
  }
  void silence(const std::string& address) {
    shell("nft 'add element ip bench dead { " + address + " }'");
  }
  struct Sent {
    double packets = 0;
    double octets = 0;  ///< of messages, without headers
  };
  static Sent sent() {
    shell("nft list counter ip bench sent > sent.txt");
    std::ifstream file("sent.txt");
    Sent all;
    for (std::string word; file >> word;) {
      if (word == "packets") file >> all.packets;
      if (word == "bytes") file >> all.octets;
    }
    all.octets -= all.packets * header_bytes;
    return all;
  }
};

/// Counts what is under way, so that only so much is and the end is seen.
class Gate {
 public:
  explicit Gate(int inside_max) : inside_max_(inside_max) {}
  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ < inside_max_; });
    ++inside_;
  }
  void leave() {
    std::lock_guard lock(mutex_);
    --inside_;
    changed_.notify_all();
  }
  bool wait_empty(std::chrono::seconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return inside_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_max_;
  int inside_ = 0;
};

struct Tally {
  std::mutex mutex;
  std::vector<double> took_ms;
  std::size_t said_absent = 0;
};

std::string address_of(std::size_t node) {
  return "10.77." + std::to_string(node / 250) + '.' + std::to_string(node % 250 + 1);
}

dht::SockAddr endpoint_of(std::size_t node) {
  dht::SockAddr endpoint;
  endpoint.setFamily(AF_INET);
  endpoint.setAddress(address_of(node).c_str());
  endpoint.setPort(port);
  return endpoint;
}

dht::InfoHash key_of(std::size_t value) {
  return dht::InfoHash::get("user-" + std::to_string(value) + "@drill.example");
}

using Nodes = std::vector<std::unique_ptr<dht::DhtRunner>>;

double join(Nodes& nodes, std::size_t count, std::mt19937& random) {
  const auto began = Clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    dht::DhtRunner::Config config;
    config.bind4 = endpoint_of(i);
    auto& node = config.dht_config.node_config;
    node.network = 77;
    // All of its neighbours are on this machine: its guards against floods would only hold it up.
    node.max_req_per_sec = -1;
    node.max_peer_req_per_sec = -1;
    nodes.push_back(std::make_unique<dht::DhtRunner>());
    nodes.back()->run(config, {});
    if (i > 0) nodes.back()->bootstrap(endpoint_of(random() % i));
  }
  const auto joined = [](const auto& node) { return node->getNodeInfo().ipv4.good_nodes > 0; };
  while (Clock::now() - began < join_patience && !std::all_of(nodes.begin(), nodes.end(), joined)) {
    std::this_thread::sleep_for(50ms);
  }
  return milliseconds(Clock::now() - began);
}

void put_all(Nodes& nodes, std::size_t values, Tally& tally) {
  auto gate = std::make_shared<Gate>(puts_under_way_max);
  for (std::size_t i = 0; i < values; ++i) {
    gate->enter();
    const auto began = Clock::now();
    nodes[i % nodes.size()]->put(key_of(i), dht::Value(std::vector<std::uint8_t>(value_bytes, 7)),
                                 [&tally, gate, began](bool) {
                                   std::lock_guard lock(tally.mutex);
                                   tally.took_ms.push_back(milliseconds(Clock::now() - began));
                                   gate->leave();
                                 });
  }
  gate->wait_empty(std::chrono::duration_cast<std::chrono::seconds>(put_patience));
}

void look_up_all(Nodes& nodes, const std::vector<std::size_t>& alive, std::size_t values,
                 std::size_t look_ups, int under_way, std::mt19937& random, Tally& tally) {
  auto gate = std::make_shared<Gate>(under_way);
  for (std::size_t i = 0; i < look_ups; ++i) {
    gate->enter();
    auto found = std::make_shared<std::atomic<bool>>(false);
    const auto began = Clock::now();
    nodes[alive[random() % alive.size()]]->get(
        key_of(random() % values),
        [&tally, found, began](const std::vector<std::shared_ptr<dht::Value>>& held) {
          if (!held.empty() && !found->exchange(true)) {
            std::lock_guard lock(tally.mutex);
            tally.took_ms.push_back(milliseconds(Clock::now() - began));
          }
          return false;  // enough
        },
        [&tally, gate, found](bool) {
          if (!*found) {
            std::lock_guard lock(tally.mutex);
            ++tally.said_absent;
          }
          gate->leave();
        });
  }
  gate->wait_empty(std::chrono::duration_cast<std::chrono::seconds>(look_up_patience));
}

double share(std::vector<double> took, double part) {
  if (took.empty()) return 0;
  std::sort(took.begin(), took.end());
  return took[static_cast<std::size_t>(part * static_cast<double>(took.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(
        stderr,
        "usage: opendht_lookups NODES VALUES LOOKUPS UNDER_WAY LOSS_PERCENT DEAD_PERCENT\n");
    return 2;
  }
  const auto number = [&](int at) { return static_cast<std::size_t>(std::atoi(argv[at])); };
  const std::size_t count = number(1), values = number(2), look_ups = number(3);
  const std::size_t dead = count * number(6) / 100;
  std::mt19937 random(1);
  Medium medium;
  Nodes nodes;
  const double joined_ms = join(nodes, count, random);
  std::this_thread::sleep_for(5s);  // its routing tables fill
  medium.lose(std::atoi(argv[5]));
  Tally puts, gets;
  put_all(nodes, values, puts);
  std::vector<std::size_t> alive;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 2 == 0 && i / 2 < dead) {
      medium.silence(address_of(i));
    } else {
      alive.push_back(i);
    }
  }
  const auto before = Medium::sent();
  look_up_all(nodes, alive, values, look_ups, std::atoi(argv[4]), random, gets);
  const auto after = Medium::sent();
  std::lock_guard lock(gets.mutex);
  const auto each = static_cast<double>(look_ups);
  std::printf(
      "{\"found\": %.4f, \"absent\": %zu, \"p50_ms\": %.1f, \"p95_ms\": %.1f, \"p99_ms\": %.1f, "
      "\"max_ms\": %.1f, \"packets\": %.1f, \"octets\": %.0f, \"joined_ms\": %.0f, "
      "\"put_p50_ms\": %.1f}\n",
      static_cast<double>(gets.took_ms.size()) / each, gets.said_absent, share(gets.took_ms, 0.5),
      share(gets.took_ms, 0.95), share(gets.took_ms, 0.99), share(gets.took_ms, 1),
      (after.packets - before.packets) / each, (after.octets - before.octets) / each, joined_ms,
      share(puts.took_ms, 0.5));
  std::fflush(stdout);
  // The threads of half-dead nodes would take their time to end.
  std::_Exit(0);
}
