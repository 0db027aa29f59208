// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/ip_endpoint.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Host n (from 0) is 10.x.y.z on its link, and its node takes SIP there too.
[[nodiscard]] inline IpAddress host_address(HostIndex host) {
  const auto number = host + 1;
  return {false,
          {10, static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
           static_cast<std::uint8_t>(number)},
          0};
}

inline constexpr std::uint16_t link_port = 7077;

}  // namespace muster::sim
