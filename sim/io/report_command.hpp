// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace muster::sim {

/// The page for `runs` (at least one), of which number `shown` is looked at closely; `recording`
/// has the lines of its timeline, or is null. One file that needs no network.
[[nodiscard]] std::string page_of(const std::vector<nlohmann::json>& runs, std::size_t shown,
                                  const nlohmann::json& recording);

/// `muster sim report FILE`: the exit code. FILE is what --out or --timeline has written.
[[nodiscard]] int report_command(const std::vector<std::string>& arguments);

}  // namespace muster::sim
