// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/random.hpp"

namespace muster::node {

/// Random octets of the operating system (getrandom). Ends the process if there are none to be had.
class OsRandom final : public ports::Random {
 public:
  void fill(std::span<std::uint8_t> octets) override;
};

}  // namespace muster::node
