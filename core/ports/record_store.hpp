// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/shared_bytes.hpp"

namespace muster::ports {

/// A directory record as it lies on disk. Without a body it is what is left of an expired or
/// deleted one: its highest version.
struct StoredRecord {
  Bytes key;  ///< opaque to the store, unique
  std::uint32_t epoch = 0;
  std::uint32_t sequence = 0;
  std::uint32_t age_s = 0;  ///< when it was stored
  SharedBytes body;         ///< its octets may be those that the directory holds
  SharedBytes signature;
  friend bool operator==(const StoredRecord&, const StoredRecord&) = default;
};

/// Keeps directory records over a restart. What is lost here in a power cut comes back from the
/// neighbours, so a store may sync lazily; it must never show half a record.
class RecordStore {
 public:
  virtual ~RecordStore() = default;
  [[nodiscard]] virtual std::vector<StoredRecord> load_all() = 0;
  /// Inserts, or replaces the record of that key; false if it could not be stored.
  [[nodiscard]] virtual bool put(const StoredRecord& record) = 0;
  virtual bool erase(BytesView key) = 0;
};

}  // namespace muster::ports
