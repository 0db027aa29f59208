// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"

namespace muster::ports {

struct StoredSeen {
  std::string identity;
  std::uint64_t seen_s = 0;  ///< on the clock of powered-on seconds
  friend bool operator==(const StoredSeen&, const StoredSeen&) = default;
};

/// Remembers which messages were shown. `put_seen` returns once that is on stable storage.
class SeenStore {
 public:
  virtual ~SeenStore() = default;
  /// Oldest first.
  [[nodiscard]] virtual std::vector<StoredSeen> load_seen() = 0;
  [[nodiscard]] virtual bool put_seen(const StoredSeen& seen) = 0;
  virtual bool erase_seen(std::string_view identity) = 0;
};

}  // namespace muster::ports
