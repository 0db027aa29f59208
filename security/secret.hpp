// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "security/crypto.hpp"

namespace muster::security {

/// 32 secret octets that are overwritten when they go.
struct Secret32 {
  Key32 octets{};

  Secret32() = default;
  explicit Secret32(const Key32& key) : octets(key) {}
  Secret32(const Secret32&) = default;
  Secret32& operator=(const Secret32&) = default;
  ~Secret32() { cleanse(octets); }
};

}  // namespace muster::security
