// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace muster::discovery {

/// Whether the DNS can know that domain at all: it has two labels or more, and does not end in a
/// name that is set aside and never there (IANA, Special-Use Domain Names).
[[nodiscard]] bool dns_may_know(std::string_view domain);

}  // namespace muster::discovery
