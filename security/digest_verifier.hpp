// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/base/digest_verifier.hpp"

namespace muster::security {

[[nodiscard]] DigestVerifier digest_verifier(std::string_view user, std::string_view realm,
                                             std::string_view password);

}  // namespace muster::security
