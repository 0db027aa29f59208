// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/ip_endpoint.hpp"
#include "core/io/asio.hpp"

namespace muster {

// Between Asio's endpoints and ours.
[[nodiscard]] IpEndpoint to_endpoint(const asio::ip::udp::endpoint& endpoint);
[[nodiscard]] IpEndpoint to_endpoint(const asio::ip::tcp::endpoint& endpoint);
[[nodiscard]] asio::ip::udp::endpoint to_asio(const IpEndpoint& endpoint);
[[nodiscard]] asio::ip::tcp::endpoint to_tcp(const IpEndpoint& endpoint);

}  // namespace muster
