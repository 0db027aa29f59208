// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.hpp"

namespace muster::security {

inline constexpr std::size_t passphrase_characters_max = 1024;

/// The first line of a file.
[[nodiscard]] Result<std::string> passphrase_from_file(const std::filesystem::path& path);

enum class Asking { once, twice };
/// Asks the person at the terminal, without echo; twice if a slip could not be noticed later.
[[nodiscard]] Result<std::string> passphrase_from_terminal(const std::string& prompt,
                                                           Asking asking);

}  // namespace muster::security
