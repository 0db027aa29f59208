// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/base/result.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// One line typed while a drill is kept running, as an event of the scenario's kind:
///   call alice dave [20s]       message alice dave TEXT...      register alice
///   partition 1,2 3,4           heal                            loss 0.3
///   kill 2                      restart [2]
/// Hosts by number or name. The failure says what is wrong with the line.
[[nodiscard]] Result<EventAction> read_console_line(std::string_view line,
                                                    const Scenario& scenario);

/// The commands, for people.
inline constexpr std::string_view console_help =
    "call FROM TO [20s] | message FROM TO TEXT | register USER | partition 1,2 3,4 | heal | loss "
    "0.3 | kill HOST | "
    "restart [HOST]";

}  // namespace muster::sim
