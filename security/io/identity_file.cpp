// SPDX-License-Identifier: Apache-2.0
#include "security/io/identity_file.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "security/io/private_file.hpp"
#include "security/pem.hpp"

namespace muster::security {
namespace {

constexpr std::string_view discovery_key_label = "MUSTER DISCOVERY KEY";
constexpr std::string_view password_label = "MUSTER SIP PASSWORD";
constexpr std::size_t identity_file_bytes_max = 64 * 1024;

Result<void> write_blocks(const std::filesystem::path& path, const std::vector<PemBlock>& blocks) {
  std::string text = encode_pem(blocks);
  auto written = write_file_atomically(path, as_bytes(text), mode_private);
  cleanse({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return written;
}

Result<std::vector<PemBlock>> read_blocks(const std::filesystem::path& path) {
  auto text = read_private_file(path, identity_file_bytes_max);
  if (!text) return tl::make_unexpected(text.error());
  auto blocks = decode_pem(as_text(*text));
  cleanse(*text);
  if (blocks) return std::move(*blocks);
  return fail(fmt::format("{}: damaged; bring back a copy of the authority", path.string()));
}

PemBlock certificate_block(const Bytes& der) { return {std::string{pem_certificate}, der}; }

tl::unexpected<Failure> incomplete(const std::filesystem::path& path) {
  return fail(
      fmt::format("{}: a key or the certificate is missing; bring back a copy of the "
                  "authority",
                  path.string()));
}

std::optional<Key32> key_in(const std::vector<PemBlock>& blocks, PrivateKeyKind kind,
                            std::size_t nth) {
  return private_key_of(kind, pem_contents(blocks, pem_private_key, nth));
}

}  // namespace

Result<void> write_identity(const std::filesystem::path& path, const AuthorityFile& file) {
  ByteWriter discovery;
  discovery.u32(file.epoch).raw(file.discovery_key);
  return write_blocks(path, {private_key_block(PrivateKeyKind::ed25519, file.root_private),
                             certificate_block(file.root_der),
                             {std::string{discovery_key_label}, discovery.take()}});
}

Result<void> write_identity(const std::filesystem::path& path, const NodeFile& file) {
  return write_blocks(path, {private_key_block(PrivateKeyKind::ed25519, file.ed25519_private),
                             private_key_block(PrivateKeyKind::x25519, file.x25519_private),
                             certificate_block(file.certificate_der)});
}

Result<void> write_identity(const std::filesystem::path& path, const UserFile& file) {
  return write_blocks(path, {private_key_block(PrivateKeyKind::ed25519, file.ed25519_private),
                             certificate_block(file.certificate_der),
                             {std::string{password_label}, to_bytes(file.password)}});
}

Result<AuthorityFile> read_authority_file(const std::filesystem::path& path) {
  const auto blocks = read_blocks(path);
  if (!blocks) return tl::make_unexpected(blocks.error());
  const auto key = key_in(*blocks, PrivateKeyKind::ed25519, 0);
  const BytesView der = pem_contents(*blocks, pem_certificate);
  ByteReader discovery{pem_contents(*blocks, discovery_key_label)};
  AuthorityFile file;
  file.epoch = discovery.u32();
  std::ranges::copy(discovery.raw(file.discovery_key.size()), file.discovery_key.begin());
  if (!key || der.empty() || !discovery.finished()) return incomplete(path);
  file.root_private = *key;
  file.root_der = to_bytes(der);
  return file;
}

Result<NodeFile> read_node_file(const std::filesystem::path& path) {
  const auto blocks = read_blocks(path);
  if (!blocks) return tl::make_unexpected(blocks.error());
  const auto ed25519 = key_in(*blocks, PrivateKeyKind::ed25519, 0);
  const auto x25519 = key_in(*blocks, PrivateKeyKind::x25519, 1);
  const BytesView der = pem_contents(*blocks, pem_certificate);
  if (!ed25519 || !x25519 || der.empty()) return incomplete(path);
  return NodeFile{*ed25519, *x25519, to_bytes(der)};
}

Result<UserFile> read_user_file(const std::filesystem::path& path) {
  const auto blocks = read_blocks(path);
  if (!blocks) return tl::make_unexpected(blocks.error());
  const auto key = key_in(*blocks, PrivateKeyKind::ed25519, 0);
  const BytesView der = pem_contents(*blocks, pem_certificate);
  const BytesView password = pem_contents(*blocks, password_label);
  if (!key || der.empty() || password.empty()) return incomplete(path);
  return UserFile{*key, to_bytes(der), std::string{as_text(password)}};
}

}  // namespace muster::security
