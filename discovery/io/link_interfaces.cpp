// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/link_interfaces.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace muster::discovery {
namespace {

std::optional<IpAddress> to_address(const sockaddr* from) {
  IpAddress address;
  if (from == nullptr) return std::nullopt;
  if (from->sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, from, sizeof four);
    std::memcpy(address.octets.data(), &four.sin_addr, sizeof four.sin_addr);
  } else if (from->sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, from, sizeof six);
    address.v6 = true;
    std::memcpy(address.octets.data(), &six.sin6_addr, sizeof six.sin6_addr);
  } else {
    return std::nullopt;
  }
  return address;
}

unsigned ones(const IpAddress& mask) {
  unsigned count = 0;
  for (const auto octet : mask.octets) count += static_cast<unsigned>(std::popcount(octet));
  return count;
}

}  // namespace

std::vector<LinkInterface> read_link_interfaces(const std::vector<ConfiguredLink>& links) {
  std::vector<LinkInterface> all;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return all;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner{first, freeifaddrs};
  for (const auto& link : links) {
    LinkInterface interface {
      link, static_cast<int>(if_nametoindex(link.interface.c_str())), {}
    };
    for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
      if (link.interface != entry->ifa_name || (entry->ifa_flags & IFF_UP) == 0) continue;
      const auto own = to_address(entry->ifa_addr);
      const auto mask = to_address(entry->ifa_netmask);
      if (own && mask) interface.networks.push_back({*own, ones(*mask)});
    }
    std::sort(interface.networks.begin(), interface.networks.end(),
              [](const auto& a, const auto& b) { return a.own < b.own; });
    if (interface.index != 0 && !interface.networks.empty()) all.push_back(std::move(interface));
  }
  return all;
}

}  // namespace muster::discovery
