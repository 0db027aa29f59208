// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "security/kit.hpp"

namespace muster::node {

/// Whether all of them are users at home at the kit's node, and at no other: a guest's name that
/// two nodes give away would be two people's. Fails with what sip.guests says wrong.
[[nodiscard]] Result<void> check_guests(const security::Kit& kit,
                                        const std::vector<std::string>& guests);

}  // namespace muster::node
