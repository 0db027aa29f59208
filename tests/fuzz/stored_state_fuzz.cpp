// SPDX-License-Identifier: Apache-2.0
#include "core/ports/memory_state_store.hpp"
#include "discovery/peer_cache.hpp"
#include "sip/binding_snapshot.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

const TimePoint now{std::chrono::seconds{1000}};

/// What a disk gives back may be anything.
void read_peers(BytesView input) {
  ports::MemoryStateStore store;
  MUST(store.put("peer-cache", input));
  discovery::PeerCache cache(store, {});
  MUST(cache.peers().size() <= discovery::PeerCache::Limits{}.peers_max);
  MUST(cache.counters().damaged <= 1);
  const auto peers = cache.peers();
  if (peers.empty()) return;
  auto moved = peers.back();
  moved.address.octets = {1};
  cache.note(now, moved);
  discovery::PeerCache again(store, {});
  MUST(again.peers() == cache.peers() || moved == peers.back());
}

void read_bindings(BytesView input) {
  const auto restored = sip::snapshot::decode(now, input);
  if (!restored) return;
  sip::LocationTable::Bindings all;
  for (const auto& each : *restored) all[each.aor].push_back(each.binding);
  const auto again = sip::snapshot::decode(now, sip::snapshot::encode(now, all));
  MUST(again && again->size() <= restored->size());
}

}  // namespace

void run(BytesView input) {
  read_peers(input);
  read_bindings(input);
}

std::vector<Bytes> seeds() {
  ports::MemoryStateStore store;
  discovery::PeerCache cache(store, {});
  cache.note(now, {NodeId{}, "wlan0", LinkAddress{{1, 2, 3}}});
  sip::Binding binding;
  binding.contact = *sip::Uri::parse("sip:alice@10.0.1.10:5060;ob");
  binding.instance = "<urn:uuid:1>";
  binding.call_id = "call-1";
  binding.source = *IpEndpoint::parse("10.0.1.10:5060");
  binding.expires = now + std::chrono::seconds{600};
  const sip::LocationTable::Bindings all{{"alice@drill.example", {binding}}};
  return {*store.find("peer-cache"), sip::snapshot::encode(now, all)};
}

}  // namespace muster::fuzz
