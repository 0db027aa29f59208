// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.hpp"

namespace muster::ports {

/// SHA-256. The core has no cryptography of its own, and a weaker mix would let a member forge two
/// directories that look alike.
class Digest {
 public:
  virtual ~Digest() = default;
  [[nodiscard]] virtual std::array<std::uint8_t, 32> sha256(BytesView text) = 0;
};

}  // namespace muster::ports
