// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "core/base/bytes.hpp"
#include "core/ports/random.hpp"

namespace muster::sip {

/// Tags and branches: 64 random bits as 16 hexadecimal digits (RFC 3261 section 19.3 wants 32 at
/// least).
class TokenSource {
 public:
  explicit TokenSource(ports::Random& random) : random_(random) {}
  [[nodiscard]] std::string next() {
    std::array<std::uint8_t, 8> octets{};
    random_.fill(octets);
    return to_hex(octets);
  }

 private:
  ports::Random& random_;
};

}  // namespace muster::sip
