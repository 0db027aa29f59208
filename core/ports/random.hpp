// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace muster::ports {

/// Random octets fit for keys and nonces: the operating system's in the daemon, a seeded stream in
/// the simulator.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> octets) = 0;
};

}  // namespace muster::ports
