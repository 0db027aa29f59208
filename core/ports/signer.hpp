// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/bytes.hpp"

namespace muster::ports {

/// Signs with this node's Ed25519 key, which stays where it is.
class Signer {
 public:
  virtual ~Signer() = default;
  /// Ed25519 over exactly these octets: 64 octets.
  [[nodiscard]] virtual Bytes sign(BytesView text) = 0;
};

}  // namespace muster::ports
