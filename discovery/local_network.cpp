// SPDX-License-Identifier: Apache-2.0
#include "discovery/local_network.hpp"

#include <algorithm>

namespace muster::discovery {
namespace {

/// The last address of an IPv4 network is everybody's.
bool is_broadcast(const LocalNetwork& network, const IpAddress& address) {
  if (address.v6 || network.prefix_bits > 30) return false;
  for (unsigned bit = network.prefix_bits; bit < 32; ++bit) {
    if ((address.octets[bit / 8] >> (7 - bit % 8) & 1) == 0) return false;
  }
  return true;
}

}  // namespace

bool LocalNetwork::contains(const IpAddress& other) const {
  if (own.v6 != other.v6) return false;
  for (unsigned bit = 0; bit < prefix_bits; ++bit) {
    if (((own.octets[bit / 8] ^ other.octets[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

bool may_be_neighbour(const std::vector<LocalNetwork>& networks, const IpAddress& address) {
  if (address.is_multicast() || address.is_loopback() || address.is_unspecified()) return false;
  const bool own = std::any_of(networks.begin(), networks.end(), [&](const LocalNetwork& network) {
    return network.own.v6 == address.v6 && network.own.octets == address.octets;
  });
  return !own && std::any_of(networks.begin(), networks.end(), [&](const LocalNetwork& network) {
    return network.contains(address) && !is_broadcast(network, address);
  });
}

}  // namespace muster::discovery
