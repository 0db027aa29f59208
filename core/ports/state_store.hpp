// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "core/base/bytes.hpp"

namespace muster::ports {

/// Small facts that must survive a power cut: boot count, own prekey, writer's epoch.
/// `put` returns once the value is on stable storage; false if it could not be stored.
class StateStore {
 public:
  virtual ~StateStore() = default;
  [[nodiscard]] virtual bool put(std::string_view name, BytesView value) = 0;
  [[nodiscard]] virtual std::optional<Bytes> find(std::string_view name) const = 0;
  /// Has nothing of what was replaced or removed readable in the store's files any more, as far as
  /// the medium under them forgets what is overwritten; false if that must be tried again.
  [[nodiscard]] virtual bool erase_replaced() { return true; }
};

}  // namespace muster::ports
