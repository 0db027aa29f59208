// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// `--set hosts.count=1000`: one value of the scenario replaced before it is read.
struct Override {
  std::string key;    ///< dotted path of tables, then the key
  std::string value;  ///< TOML; what is not TOML is taken as a string
};

struct ScenarioLimits {
  std::size_t text_bytes_max = 4 * 1024 * 1024;
  std::int64_t hosts_max = 100'000;
  std::int64_t users_per_host_max = 64;
};

/// The whole scenario in `text`, every key checked, or one line that names file, line, key, reason
/// and remedy. `file` is used only in that line.
[[nodiscard]] Result<Scenario> read_scenario(std::string_view text, std::string_view file,
                                             const std::vector<Override>& overrides = {},
                                             const ScenarioLimits& limits = {});

}  // namespace muster::sim
