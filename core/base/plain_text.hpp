// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace muster {

/// Whether it is UTF-8 (RFC 3629) that may be shown to people as it is: no control character (C0,
/// DEL or C1) that could speak to their terminal.
[[nodiscard]] bool is_plain_text(std::string_view text);

}  // namespace muster
