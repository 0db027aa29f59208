// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/overlay/record.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Which hosts may know where a user is: those whose disks were given a binding of his, and those
/// that asked for him. Of thousands, only these need be looked at to see who knows the newest.
class BindingIndex {
 public:
  void note(const std::string& aor, HostIndex host) {
    auto& hosts = hosts_[aor];
    const auto at = std::lower_bound(hosts.begin(), hosts.end(), host);
    if (at == hosts.end() || *at != host) hosts.insert(at, host);
  }
  /// `record`: a key as stores have it.
  void stored(BytesView record, HostIndex host) {
    const auto key = overlay::RecordKey::decode(record);
    if (key && key->kind == overlay::Kind::sip_binding) note(key->resource, host);
  }
  /// In order.
  [[nodiscard]] const std::vector<HostIndex>& of(const std::string& aor) const {
    static const std::vector<HostIndex> nobody;
    const auto found = hosts_.find(aor);
    return found == hosts_.end() ? nobody : found->second;
  }

 private:
  std::unordered_map<std::string, std::vector<HostIndex>> hosts_;
};

}  // namespace muster::sim
