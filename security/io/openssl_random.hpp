// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/random.hpp"

namespace muster::security {

/// Chance from OpenSSL's generator for private keys, which is fed by the operating system. Ends the
/// process if there is none, for no key may be made without it.
class OpensslRandom final : public ports::Random {
 public:
  void fill(std::span<std::uint8_t> octets) override;
};

}  // namespace muster::security
