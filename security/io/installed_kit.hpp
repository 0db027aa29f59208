// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include "core/base/result.hpp"
#include "core/ports/random.hpp"
#include "security/age_file.hpp"
#include "security/kit.hpp"

/// Kits on disk: sealed while they travel, plain (0600) in the state directory of their node.
namespace muster::security {

inline constexpr std::size_t passphrase_characters_min = 8;

/// Where the kit of the node with this state directory is.
[[nodiscard]] std::filesystem::path installed_kit_path(
    const std::filesystem::path& state_directory);

/// The kit of this node, checked whole.
[[nodiscard]] Result<Kit> load_installed_kit(const std::filesystem::path& state_directory);

/// What becomes of a kit of another node or overlay that is installed already.
enum class OnOtherIdentity { refuse, overwrite };
/// Makes `state_directory` if there is none. A newer kit of the same node replaces the older.
[[nodiscard]] Result<void> install_kit(const Kit& kit, const std::filesystem::path& state_directory,
                                       OnOtherIdentity on_other);

/// Writes `kit` as an age file; overwrites an age file at `path`, nothing else.
[[nodiscard]] Result<void> write_kit_file(const Kit& kit, const std::filesystem::path& path,
                                          std::string_view passphrase, ports::Random& random,
                                          unsigned work_factor = age_work_factor_default);
/// Opens and checks it.
[[nodiscard]] Result<Kit> read_kit_file(const std::filesystem::path& path,
                                        std::string_view passphrase);

}  // namespace muster::security
