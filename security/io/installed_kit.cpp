// SPDX-License-Identifier: Apache-2.0
#include "security/io/installed_kit.hpp"

#include <fmt/format.h>

#include "security/io/private_file.hpp"

namespace muster::security {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Failure> about(const fs::path& path, const Failure& failure) {
  return fail(fmt::format("{}: {}", path.string(), failure.sentence));
}

/// Also where it cannot be told: reading it then says why.
bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

Result<Kit> decode_and_check(const fs::path& path, BytesView plain) {
  auto kit = decode_kit(plain);
  if (!kit) return about(path, kit.error());
  if (auto fits = check_kit(*kit); !fits) return about(path, fits.error());
  return kit;
}

/// Something else is installed in `path` already.
Result<void> check_same_identity(const Kit& kit, const fs::path& path) {
  const auto installed = read_private_file(path, kit_bytes_max);
  if (!installed) return tl::make_unexpected(installed.error());
  const auto other = decode_kit(*installed);
  if (!other) {
    return fail(
        fmt::format("{}: there is a damaged identity; --force overwrites it", path.string()));
  }
  if (other->root_der == kit.root_der && other->node_name == kit.node_name &&
      node_id_of(*other) == node_id_of(kit)) {
    return {};
  }
  return fail(
      fmt::format("{}: node {} of {} is installed here, with other keys than this kit; "
                  "--force overwrites it",
                  path.string(), other->node_name, other->overlay));
}

}  // namespace

fs::path installed_kit_path(const fs::path& state_directory) {
  return state_directory / "identity.kit";
}

Result<Kit> load_installed_kit(const fs::path& state_directory) {
  const fs::path path = installed_kit_path(state_directory);
  if (!is_there(path)) {
    return fail(
        fmt::format("{}: this node has no identity; install its kit with 'muster kit "
                    "install FILE --state {}'",
                    path.string(), state_directory.string()));
  }
  auto plain = read_private_file(path, kit_bytes_max);
  if (!plain) return tl::make_unexpected(plain.error());
  auto kit = decode_and_check(path, *plain);
  cleanse(*plain);
  return kit;
}

Result<void> install_kit(const Kit& kit, const fs::path& state_directory,
                         OnOtherIdentity on_other) {
  if (auto made = make_private_directory(state_directory); !made) return made;
  const fs::path path = installed_kit_path(state_directory);
  const auto lock = DirectoryLock::take(state_directory, DirectoryLock::Kind::exclusive);
  if (!lock) return tl::make_unexpected(lock.error());
  if (on_other == OnOtherIdentity::refuse && is_there(path)) {
    if (auto same = check_same_identity(kit, path); !same) return same;
  }
  Bytes plain = encode_kit(kit);
  auto written = write_file_atomically(path, plain, mode_private);
  cleanse(plain);
  return written;
}

Result<void> write_kit_file(const Kit& kit, const fs::path& path, std::string_view passphrase,
                            ports::Random& random, unsigned work_factor) {
  if (passphrase.size() < passphrase_characters_min) {
    return fail(
        fmt::format("the passphrase is too short: whoever has the kit and guesses it is "
                    "this node; take {} characters or more",
                    passphrase_characters_min));
  }
  if (is_there(path)) {
    const auto there = read_whole_file(path, AgeLimits{}.file_bytes_max);
    if (!there) return tl::make_unexpected(there.error());
    if (!is_age_file(*there)) {
      return fail(
          fmt::format("{}: there is a file that is no kit; choose another name", path.string()));
    }
  }
  Bytes plain = encode_kit(kit);
  const auto sealed = age_seal(passphrase, plain, random, work_factor);
  cleanse(plain);
  if (!sealed) return tl::make_unexpected(sealed.error());
  return write_file_atomically(path, *sealed, mode_private);
}

Result<Kit> read_kit_file(const fs::path& path, std::string_view passphrase) {
  const auto file = read_whole_file(path, AgeLimits{}.file_bytes_max);
  if (!file) return tl::make_unexpected(file.error());
  auto plain = age_open(passphrase, *file);
  if (!plain) return about(path, plain.error());
  auto kit = decode_and_check(path, *plain);
  cleanse(*plain);
  return kit;
}

}  // namespace muster::security
