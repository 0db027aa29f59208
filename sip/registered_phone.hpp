// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/time.hpp"

namespace muster::sip {

/// A phone that names itself by +sip.instance (RFC 5626), as other nodes may know of it.
struct RegisteredPhone {
  std::uint64_t instance = 0;  ///< first 8 octets of a hash over AoR, instance and reg-id
  TimePoint registered_at;     ///< of its last REGISTER here
  friend bool operator==(const RegisteredPhone&, const RegisteredPhone&) = default;
};

}  // namespace muster::sip
