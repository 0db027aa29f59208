// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.hpp"
#include "security/crypto.hpp"

/// The PEM files of an authority, as typed values.
namespace muster::security {

struct AuthorityFile {
  Key32 root_private{};
  Bytes root_der;
  std::uint32_t epoch = 1;
  Key32 discovery_key{};
};
struct NodeFile {
  Key32 ed25519_private{};
  Key32 x25519_private{};
  Bytes certificate_der;
};
struct UserFile {
  Key32 ed25519_private{};
  Bytes certificate_der;
  std::string password;
};

[[nodiscard]] Result<void> write_identity(const std::filesystem::path& path,
                                          const AuthorityFile& file);
[[nodiscard]] Result<void> write_identity(const std::filesystem::path& path, const NodeFile& file);
[[nodiscard]] Result<void> write_identity(const std::filesystem::path& path, const UserFile& file);

[[nodiscard]] Result<AuthorityFile> read_authority_file(const std::filesystem::path& path);
[[nodiscard]] Result<NodeFile> read_node_file(const std::filesystem::path& path);
[[nodiscard]] Result<UserFile> read_user_file(const std::filesystem::path& path);

}  // namespace muster::security
