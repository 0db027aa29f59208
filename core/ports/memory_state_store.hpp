// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "core/ports/state_store.hpp"

namespace muster::ports {

/// StateStore that forgets with the process; `fail` makes every write fail.
class MemoryStateStore final : public StateStore {
 public:
  bool fail = false;

  bool put(std::string_view name, BytesView value) override {
    if (!fail) values_[std::string(name)] = to_bytes(value);
    return !fail;
  }
  std::optional<Bytes> find(std::string_view name) const override {
    const auto at = values_.find(name);
    return at == values_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  std::map<std::string, Bytes, std::less<>> values_;
};

}  // namespace muster::ports
