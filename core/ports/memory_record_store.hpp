// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "core/ports/record_store.hpp"

namespace muster::ports {

/// RecordStore that forgets with the process; `fail` makes every write fail.
class MemoryRecordStore final : public RecordStore {
 public:
  bool fail = false;

  std::vector<StoredRecord> load_all() override {
    std::vector<StoredRecord> all;
    for (const auto& [key, record] : records_) all.push_back(record);
    return all;
  }
  bool put(const StoredRecord& record) override {
    if (!fail) records_[record.key] = record;
    return !fail;
  }
  bool erase(BytesView key) override {
    if (!fail) records_.erase(to_bytes(key));
    return !fail;
  }
  [[nodiscard]] std::size_t size() const { return records_.size(); }

 private:
  std::map<Bytes, StoredRecord> records_;
};

}  // namespace muster::ports
