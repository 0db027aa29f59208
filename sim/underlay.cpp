// SPDX-License-Identifier: Apache-2.0
#include "sim/underlay.hpp"

#include <algorithm>
#include <cassert>

namespace muster::sim {
namespace {

/// Box n (from 0) has an address of 198.18.0.0/15 (RFC 2544, for measurements).
IpAddress box_address(HostIndex host) {
  return {false,
          {198, static_cast<std::uint8_t>(18 + (host >> 16)), static_cast<std::uint8_t>(host >> 8),
           static_cast<std::uint8_t>(host)},
          0};
}
constexpr std::size_t boxes_max = 1u << 17;

void put(Bytes& frame, const IpEndpoint& endpoint) {
  frame.insert(frame.end(), endpoint.address.octets.begin(), endpoint.address.octets.begin() + 4);
  frame.push_back(static_cast<std::uint8_t>(endpoint.port >> 8));
  frame.push_back(static_cast<std::uint8_t>(endpoint.port));
}

IpEndpoint take(BytesView frame, std::size_t place) {
  IpEndpoint endpoint;
  std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(place), 4,
              endpoint.address.octets.begin());
  endpoint.port = static_cast<std::uint16_t>(frame[place + 4] << 8 | frame[place + 5]);
  return endpoint;
}

std::vector<Nat> kinds_of(const Scenario& scenario, SeededRandom& random) {
  const auto& layout = scenario.layout;
  std::vector<Nat> kinds;
  std::vector<HostIndex> silent;
  for (HostIndex host = 0; host < scenario.hosts.size(); ++host) {
    kinds.push_back(scenario.hosts[host].nat);
    if (kinds.back() == Nat::none) silent.push_back(host);
  }
  for (std::size_t i = silent.size(); i > 1; --i) std::swap(silent[i - 1], silent[random.below(i)]);
  const auto share = [&](double part) {
    return static_cast<std::size_t>(part * static_cast<double>(silent.size()) + 0.5);
  };
  const auto independent = share(layout.nat_endpoint_independent);
  const auto boxed = share(layout.nat_endpoint_independent + layout.nat_symmetric);
  for (std::size_t i = 0; i < boxed; ++i)
    kinds[silent[i]] = i < independent ? Nat::endpoint_independent : Nat::symmetric;
  return kinds;
}

}  // namespace

Underlay::Underlay(const Scenario& scenario, std::vector<IpEndpoint> addresses, std::uint64_t seed)
    : addresses_(std::move(addresses)) {
  assert(addresses_.size() <= boxes_max);
  SeededRandom random(seed);
  kinds_ = kinds_of(scenario, random);
  for (HostIndex host = 0; host < addresses_.size(); ++host) {
    if (kinds_[host] == Nat::none) {
      owners_[addresses_[host].address] = host;
      reachable_.push_back(host);
    } else {
      owners_[box_address(host)] = host;
      boxes_.emplace(host, NatBox(kinds_[host], box_address(host), random.next()));
    }
  }
  if (!reachable_.empty()) return;
  for (HostIndex host = 0; host < addresses_.size(); ++host) reachable_.push_back(host);
}

std::optional<Underlay::Departure> Underlay::depart(TimePoint now, HostIndex from,
                                                    const IpEndpoint& to, BytesView datagram) {
  const auto owner = owners_.find(to.address);
  if (owner == owners_.end()) {
    ++counters_.unroutable;
    return std::nullopt;
  }
  auto source = addresses_[from];
  if (const auto box = boxes_.find(from); box != boxes_.end()) {
    const auto outside = box->second.outbound(now, source, to);
    if (!outside) {
      ++counters_.exhausted;
      return std::nullopt;
    }
    source = *outside;
  }
  Departure departure{owner->second, {}};
  departure.frame.reserve(header_bytes + datagram.size());
  put(departure.frame, source);
  put(departure.frame, to);
  departure.frame.insert(departure.frame.end(), datagram.begin(), datagram.end());
  return departure;
}

std::optional<Underlay::Delivery> Underlay::arrive(TimePoint now, HostIndex to, BytesView frame) {
  if (frame.size() < header_bytes) return std::nullopt;
  const auto from = take(frame, 0);
  const auto sent_to = take(frame, header_bytes / 2);
  const auto box = boxes_.find(to);
  const bool admitted = box == boxes_.end()
                            ? sent_to == addresses_[to]
                            : box->second.inbound(now, from, sent_to.port).has_value();
  if (!admitted) {
    ++counters_.filtered;
    return std::nullopt;
  }
  return Delivery{from, frame.subspan(header_bytes)};
}

}  // namespace muster::sim
