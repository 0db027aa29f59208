// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "node/settings.hpp"

namespace muster::node {

inline constexpr std::size_t settings_file_bytes_max = 1024 * 1024;

/// The settings that `text` (TOML) spells. An unknown key or an impossible value gives one line:
/// "NAME:LINE: KEY: reason; remedy". `name` is the file's name, for that line.
[[nodiscard]] Result<Settings> parse_settings(std::string_view text, const std::string& name);

[[nodiscard]] Result<Settings> load_settings(const std::string& path);

}  // namespace muster::node
