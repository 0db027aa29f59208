// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "node/io/settings_values.hpp"
#include "node/link_settings.hpp"

namespace muster::node {

/// Reads the [[link]] tables of a configuration; what is wrong names file, line and key.
[[nodiscard]] settings_values::Complaint read_links(const toml::node& value,
                                                    std::vector<LinkSettings>& out,
                                                    const std::string& name);

}  // namespace muster::node
