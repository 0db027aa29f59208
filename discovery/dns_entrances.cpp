// SPDX-License-Identifier: Apache-2.0
#include "discovery/dns_entrances.hpp"

#include <algorithm>

namespace muster::discovery {
namespace {

/// A name can be made to lead anywhere: not to this machine, nor to all of a network.
bool may_be_a_node(const IpEndpoint& endpoint) {
  const auto& address = endpoint.address;
  return endpoint.port != 0 && !address.is_unspecified() && !address.is_loopback() &&
         !address.is_multicast() && !address.is_link_local_v6() &&
         address.text() != "255.255.255.255";
}

}  // namespace

void DnsEntrances::start(TimePoint now) {
  retry_ = limits_.retry_min;
  ask_at_ = now;
  advance(now);
}

/// Nodes that were switched on together do not all ask at one moment again.
void DnsEntrances::ask_in(TimePoint now, Duration span) {
  ask_at_ = now + std::chrono::duration_cast<Duration>(span * (0.75 + random_.unit() / 2));
}

void DnsEntrances::take(const IpEndpoint& endpoint) {
  if (known_.contains(endpoint)) return;
  if (!may_be_a_node(endpoint)) {
    ++counters_.refused;
  } else if (known_.size() >= limits_.addresses_max) {
    ++counters_.over_limit;
  } else {
    known_.insert(endpoint);
    out_.emplace_back(Found{endpoint});
  }
}

void DnsEntrances::answered(TimePoint now, const std::vector<IpEndpoint>& endpoints,
                            std::size_t left_out) {
  counters_.over_limit += left_out;
  for (const auto& endpoint : endpoints) take(endpoint);
  if (std::ranges::any_of(endpoints, may_be_a_node)) {
    retry_ = limits_.retry_min;
    return ask_in(now, limits_.again_after);
  }
  ask_in(now, retry_);
  retry_ = std::min(2 * retry_, limits_.retry_max);
}

void DnsEntrances::failed(TimePoint now) {
  ++counters_.failed;
  answered(now, {}, 0);
}

void DnsEntrances::advance(TimePoint now) {
  if (!ask_at_ || *ask_at_ > now) return;
  ask_at_.reset();
  out_.emplace_back(Ask{});
}

std::optional<DnsEntrances::Output> DnsEntrances::poll() {
  if (out_.empty()) return std::nullopt;
  const Output next = out_.front();
  out_.pop_front();
  return next;
}

}  // namespace muster::discovery
