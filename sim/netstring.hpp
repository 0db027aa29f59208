// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::sim {

/// "5:hello,": how baresip's ctrl_tcp module frames its JSON.
[[nodiscard]] std::string netstring(std::string_view text);

/// Takes the first whole netstring from the front of `buffer`; nothing if there is none yet. What
/// cannot begin one is thrown away.
[[nodiscard]] std::optional<std::string> take_netstring(std::string& buffer);

}  // namespace muster::sim
