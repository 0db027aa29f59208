// SPDX-License-Identifier: Apache-2.0
#include "core/base/ip_endpoint.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

namespace muster {

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(v6 ? AF_INET6 : AF_INET, octets.data(), buffer, sizeof buffer);
  return buffer;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated{text};
  if (terminated.size() != text.size() || text.find('\0') != text.npos) return std::nullopt;
  IpAddress address;
  address.v6 = text.find(':') != text.npos;
  const int family = address.v6 ? AF_INET6 : AF_INET;
  if (inet_pton(family, terminated.c_str(), address.octets.data()) != 1) return std::nullopt;
  return address;
}

bool IpAddress::is_loopback() const {
  if (!v6) return octets[0] == 127;
  return octets[15] == 1 &&
         std::all_of(octets.begin(), octets.end() - 1, [](auto o) { return !o; });
}

bool IpAddress::is_unspecified() const {
  return std::all_of(octets.begin(), octets.end(), [](auto octet) { return octet == 0; });
}

bool IpAddress::is_link_local_v6() const {
  return v6 && octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80;
}

bool IpAddress::is_multicast() const { return v6 ? octets[0] == 0xff : octets[0] >> 4 == 0xe; }

std::string IpEndpoint::text() const {
  const std::string host = address.v6 ? "[" + address.text() + "]" : address.text();
  return host + ":" + std::to_string(port);
}

std::optional<IpEndpoint> IpEndpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  IpEndpoint endpoint;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  const auto address = IpAddress::parse(host);
  if (!address || address->v6 != bracketed) return std::nullopt;
  endpoint.address = *address;
  return endpoint;
}

}  // namespace muster
