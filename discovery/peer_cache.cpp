// SPDX-License-Identifier: Apache-2.0
#include "discovery/peer_cache.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::discovery {
namespace {

constexpr std::string_view stored_name = "peer-cache";
constexpr std::uint8_t form_version = 1;
constexpr std::size_t interface_octets_max = 255;

/// The one of the same node and interface.
auto same_place(const std::vector<PeerCache::Peer>& peers, const PeerCache::Peer& peer) {
  return std::find_if(peers.begin(), peers.end(), [&](const PeerCache::Peer& other) {
    return other.node == peer.node && other.interface == peer.interface;
  });
}

}  // namespace

PeerCache::PeerCache(ports::StateStore& store, Limits limits) : store_(store), limits_(limits) {
  const auto stored = store_.find(stored_name);
  if (stored && !parse(*stored)) {
    peers_.clear();
    ++counters_.damaged;
  }
}

void PeerCache::note(TimePoint now, Peer peer) {
  if (peer.interface.size() > interface_octets_max ||
      peer.address.octets.size() > LinkAddress::octets_max) {
    return;
  }
  const auto known = same_place(peers_, peer);
  const bool news = known == peers_.end() || *known != peer;
  if (known != peers_.end()) peers_.erase(known);
  if (peers_.size() >= limits_.peers_max) peers_.erase(peers_.begin());
  peers_.push_back(std::move(peer));
  if (news && !write_at_) {
    write_at_ = tried_at_ ? std::max(now, *tried_at_ + limits_.write_spacing) : now;
  }
  advance(now);
}

void PeerCache::advance(TimePoint now) {
  if (!write_at_ || *write_at_ > now) return;
  tried_at_ = now;
  if (store_.put(stored_name, encode())) {
    write_at_.reset();
  } else {
    ++counters_.not_written;
    write_at_ = now + limits_.write_spacing;
  }
}

std::optional<TimePoint> PeerCache::deadline() const { return write_at_; }

Bytes PeerCache::encode() const {
  ByteWriter out;
  out.u8(form_version);
  for (const Peer& peer : peers_) {
    out.raw(peer.node.view())
        .u8(static_cast<std::uint8_t>(peer.interface.size()))
        .raw(as_bytes(peer.interface))
        .u8(static_cast<std::uint8_t>(peer.address.octets.size()))
        .raw(peer.address.octets);
  }
  return out.take();
}

bool PeerCache::parse(BytesView stored) {
  ByteReader in(stored);
  if (in.u8() != form_version) return false;
  while (!in.failed() && !in.finished()) {
    Peer peer;
    peer.node = in.id<NodeId>();
    const BytesView interface = in.block8();
    peer.interface.assign(interface.begin(), interface.end());
    peer.address.octets = to_bytes(in.block8());
    const bool fits =
        peer.address.octets.size() <= LinkAddress::octets_max && peers_.size() < limits_.peers_max;
    if (in.failed() || !fits || same_place(peers_, peer) != peers_.end()) return false;
    peers_.push_back(std::move(peer));
  }
  return in.finished();
}

}  // namespace muster::discovery
