// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace muster::sim {

/// sim/report/page.html as it is; "@MUSTER_DATA@" in it stands for the data it shows.
[[nodiscard]] std::string_view report_page();

}  // namespace muster::sim
