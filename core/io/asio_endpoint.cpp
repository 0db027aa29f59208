// SPDX-License-Identifier: Apache-2.0
#include "core/io/asio_endpoint.hpp"

#include <algorithm>

namespace muster {
namespace {

IpEndpoint endpoint_of(const asio::ip::address& address, std::uint16_t port) {
  IpEndpoint out;
  out.port = port;
  out.address.v6 = address.is_v6();
  if (out.address.v6) {
    const auto octets = address.to_v6().to_bytes();
    std::copy(octets.begin(), octets.end(), out.address.octets.begin());
    out.address.scope = static_cast<std::uint32_t>(address.to_v6().scope_id());
  } else {
    const auto octets = address.to_v4().to_bytes();
    std::copy(octets.begin(), octets.end(), out.address.octets.begin());
  }
  return out;
}

asio::ip::address address_of(const IpAddress& address) {
  if (address.v6) {
    asio::ip::address_v6::bytes_type octets;
    std::copy_n(address.octets.begin(), octets.size(), octets.begin());
    return asio::ip::address_v6{octets, address.scope};
  }
  asio::ip::address_v4::bytes_type octets;
  std::copy_n(address.octets.begin(), octets.size(), octets.begin());
  return asio::ip::address_v4{octets};
}

}  // namespace

IpEndpoint to_endpoint(const asio::ip::udp::endpoint& endpoint) {
  return endpoint_of(endpoint.address(), endpoint.port());
}

IpEndpoint to_endpoint(const asio::ip::tcp::endpoint& endpoint) {
  return endpoint_of(endpoint.address(), endpoint.port());
}

asio::ip::udp::endpoint to_asio(const IpEndpoint& endpoint) {
  return {address_of(endpoint.address), endpoint.port};
}

asio::ip::tcp::endpoint to_tcp(const IpEndpoint& endpoint) {
  return {address_of(endpoint.address), endpoint.port};
}

}  // namespace muster
