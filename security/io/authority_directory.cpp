// SPDX-License-Identifier: Apache-2.0
#include "security/io/authority_directory.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "security/digest_verifier.hpp"
#include "security/identity_names.hpp"
#include "security/io/identity_file.hpp"
#include "security/pem.hpp"

namespace muster::security {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t day_seconds = 24 * 3600;
constexpr std::int64_t root_days = 20 * 365;
constexpr std::int64_t leaf_days = 10 * 365;
constexpr std::size_t password_characters = 20;  // of 5 bits each
constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";

/// A day of grace for nodes whose clocks are behind that of the authority.
Validity validity(std::int64_t now, std::int64_t days) {
  return {now - day_seconds, now + days * day_seconds};
}

std::string new_password(ports::Random& random) {
  std::array<std::uint8_t, password_characters> chance{};
  random.fill(chance);
  std::string password;
  for (const std::uint8_t octet : chance) password += base32_digits[octet % base32_digits.size()];
  cleanse(chance);
  return password;
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

/// The names of all identities in a folder, sorted.
Result<std::vector<std::string>> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
    // What a power cut left of a write ends in something else.
    if (at->path().extension() == ".pem") names.push_back(at->path().stem().string());
  }
  if (error) {
    return fail(fmt::format("{}: cannot read the directory: {}", folder.string(), error.message()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<Certificate> certificate_in(const fs::path& file, BytesView der) {
  auto certificate = read_certificate(der);
  if (certificate) return certificate;
  return fail(fmt::format("{}: {}", file.string(), certificate.error().sentence));
}

/// Writes the root and what goes with it, unless somebody else did.
Result<void> found(const fs::path& path, const std::string& overlay, ports::Random& random,
                   std::int64_t now) {
  const auto lock = DirectoryLock::take(path, DirectoryLock::Kind::exclusive);
  if (!lock) return tl::make_unexpected(lock.error());
  if (is_there(path / "authority.pem")) {
    return fail(fmt::format("{}: there is an authority here already; choose another --authority",
                            path.string()));
  }
  AuthorityFile file;
  random.fill(file.root_private);
  random.fill(file.discovery_key);
  file.root_der = issue_root(overlay, file.root_private, validity(now, root_days));
  const std::string root_pem = encode_pem({{std::string{pem_certificate}, file.root_der}});
  auto written = write_file_atomically(path / "root.pem", as_bytes(root_pem), mode_public);
  if (written) {
    written = write_file_atomically(path / "issued", as_bytes("1\n"), mode_private);
  }
  // authority.pem comes last: it is what makes the directory an authority.
  if (written) written = write_identity(path / "authority.pem", file);
  return written;
}

}  // namespace

fs::path AuthorityDirectory::node_file(std::string_view name) const {
  return path_ / "nodes" / fmt::format("{}.pem", name);
}

fs::path AuthorityDirectory::user_file(std::string_view name) const {
  return path_ / "users" / fmt::format("{}.pem", name);
}

Key32 AuthorityDirectory::random_key() const {
  Key32 key{};
  random_->fill(key);
  return key;
}

Result<AuthorityDirectory> AuthorityDirectory::init(const fs::path& path, std::string_view domain,
                                                    ports::Random& random, std::int64_t now) {
  const auto overlay = overlay_name(domain);
  if (!overlay) return tl::make_unexpected(overlay.error());
  for (const auto& folder : {path, path / "nodes", path / "users"}) {
    if (auto made = make_private_directory(folder); !made) return tl::make_unexpected(made.error());
  }
  if (auto founded = found(path, *overlay, random, now); !founded) {
    return tl::make_unexpected(founded.error());
  }
  return open(path, Access::write, random);
}

Result<AuthorityDirectory> AuthorityDirectory::open(const fs::path& path, Access access,
                                                    ports::Random& random) {
  if (!is_there(path / "authority.pem")) {
    return fail(
        fmt::format("{}: there is no authority here; make one with 'muster pki init DOMAIN "
                    "--authority {}'",
                    path.string(), path.string()));
  }
  auto lock = DirectoryLock::take(
      path, access == Access::write ? DirectoryLock::Kind::exclusive : DirectoryLock::Kind::shared);
  if (!lock) return tl::make_unexpected(lock.error());
  AuthorityDirectory authority{path, std::move(*lock), random};
  if (auto loaded = authority.load(); !loaded) return tl::make_unexpected(loaded.error());
  return authority;
}

Result<void> AuthorityDirectory::load() {
  const auto file = read_authority_file(path_ / "authority.pem");
  if (!file) return tl::make_unexpected(file.error());
  const auto root = certificate_in(path_ / "authority.pem", file->root_der);
  if (!root) return tl::make_unexpected(root.error());
  overlay_ = root->overlay;
  issuer_ = {file->root_der, file->root_private};
  discovery_key_ = file->discovery_key;
  epoch_ = file->epoch;
  return {};
}

/// Counted on disk before it is used, so no serial is given twice.
Result<std::uint64_t> AuthorityDirectory::next_serial() {
  const fs::path file = path_ / "issued";
  const auto text = read_whole_file(file, 64);
  if (!text) return tl::make_unexpected(text.error());
  std::uint64_t serial = 0;
  const std::string_view digits = as_text(*text);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), serial);
  if (read.ec != std::errc{}) {
    return fail(
        fmt::format("{}: holds no number; bring back a copy of the authority", file.string()));
  }
  ++serial;
  const auto written =
      write_file_atomically(file, as_bytes(fmt::format("{}\n", serial)), mode_private);
  if (!written) return tl::make_unexpected(written.error());
  return serial;
}

Result<std::string> AuthorityDirectory::may_add_node(std::string_view name, bool replace) const {
  auto checked = node_name(name);
  if (checked && is_there(node_file(*checked)) && !replace) {
    return fail(fmt::format("node {} exists already; --replace gives it new keys", *checked));
  }
  return checked;
}

Result<AuthorityNode> AuthorityDirectory::add_node(std::string_view name, bool replace,
                                                   std::int64_t now) {
  const auto checked = may_add_node(name, replace);
  if (!checked) return tl::make_unexpected(checked.error());
  const auto serial = next_serial();
  if (!serial) return tl::make_unexpected(serial.error());
  NodeFile file{random_key(), random_key(), {}};
  const NodeRequest request{*checked, ed25519_public(file.ed25519_private),
                            x25519_public(file.x25519_private)};
  auto der = issue_node(issuer_, *serial, request, validity(now, leaf_days));
  if (!der) return tl::make_unexpected(der.error());
  file.certificate_der = *der;
  if (auto written = write_identity(node_file(*checked), file); !written) {
    return tl::make_unexpected(written.error());
  }
  return AuthorityNode{*checked, node_id_of(request.ed25519_public), *der};
}

Result<Homes> AuthorityDirectory::checked_homes(const Homes& homes) const {
  if (homes.all) return homes;
  if (homes.nodes.empty() || homes.nodes.size() > homes_max) {
    return fail(fmt::format("a user has 1 to {} home nodes, or 'all'", homes_max));
  }
  Homes checked;
  for (const auto& home : homes.nodes) {
    const auto name = node_name(home);
    if (!name) return tl::make_unexpected(name.error());
    if (!is_there(node_file(*name))) {
      return fail(
          fmt::format("there is no node {0} to be a home; make it with 'muster pki node "
                      "{0}'",
                      *name));
    }
    if (std::find(checked.nodes.begin(), checked.nodes.end(), *name) == checked.nodes.end()) {
      checked.nodes.push_back(*name);
    }
  }
  return checked;
}

Result<std::string> AuthorityDirectory::may_add_user(std::string_view name,
                                                     OnExistingUser on_existing) const {
  auto checked = user_name(name);
  if (checked && is_there(user_file(*checked)) && on_existing == OnExistingUser::refuse) {
    return fail(
        fmt::format("user {} exists already; --replace gives new homes and a new key", *checked));
  }
  return checked;
}

/// The password that the next certificate of `user` goes with.
Result<std::string> AuthorityDirectory::password_for(const std::string& user,
                                                     OnExistingUser on_existing) const {
  const bool keep = on_existing == OnExistingUser::keep_password && is_there(user_file(user));
  return keep ? password(user) : new_password(*random_);
}

Result<AuthorityUser> AuthorityDirectory::add_user(std::string_view name, const Homes& homes,
                                                   OnExistingUser on_existing, std::int64_t now) {
  const auto checked = may_add_user(name, on_existing);
  if (!checked) return tl::make_unexpected(checked.error());
  const auto at_home = checked_homes(homes);
  if (!at_home) return tl::make_unexpected(at_home.error());
  const auto secret = password_for(*checked, on_existing);
  if (!secret) return tl::make_unexpected(secret.error());
  const auto serial = next_serial();
  if (!serial) return tl::make_unexpected(serial.error());
  UserFile file{random_key(), {}, *secret};
  const UserRequest request{*checked, ed25519_public(file.ed25519_private), at_home->all,
                            at_home->nodes};
  auto der = issue_user(issuer_, *serial, request, validity(now, leaf_days));
  if (!der) return tl::make_unexpected(der.error());
  file.certificate_der = *der;
  if (auto written = write_identity(user_file(*checked), file); !written) {
    return tl::make_unexpected(written.error());
  }
  return AuthorityUser{*checked, aor_of(*checked, overlay_), at_home->all, at_home->nodes, *der};
}

Result<std::vector<AuthorityNode>> AuthorityDirectory::nodes() const {
  const auto names = names_in(path_ / "nodes");
  if (!names) return tl::make_unexpected(names.error());
  std::vector<AuthorityNode> nodes;
  for (const auto& name : *names) {
    const auto file = read_node_file(node_file(name));
    if (!file) return tl::make_unexpected(file.error());
    nodes.push_back(
        {name, node_id_of(ed25519_public(file->ed25519_private)), file->certificate_der});
  }
  return nodes;
}

Result<std::vector<AuthorityUser>> AuthorityDirectory::users() const {
  const auto names = names_in(path_ / "users");
  if (!names) return tl::make_unexpected(names.error());
  std::vector<AuthorityUser> users;
  for (const auto& name : *names) {
    const auto file = read_user_file(user_file(name));
    if (!file) return tl::make_unexpected(file.error());
    const auto certificate = certificate_in(user_file(name), file->certificate_der);
    if (!certificate) return tl::make_unexpected(certificate.error());
    const auto* subject = std::get_if<UserSubject>(&certificate->subject);
    if (subject == nullptr || subject->user != name) {
      return fail(
          fmt::format("{}: the certificate is not of user {}", user_file(name).string(), name));
    }
    users.push_back(
        {name, aor_of(name, overlay_), subject->homes_all, subject->homes, file->certificate_der});
  }
  return users;
}

Result<std::string> AuthorityDirectory::password(std::string_view user) const {
  const auto name = user_name(user);
  if (!name) return tl::make_unexpected(name.error());
  if (!is_there(user_file(*name))) {
    return fail(
        fmt::format("there is no user {0}; make one with 'muster pki user {0} --homes "
                    "NODE'",
                    *name));
  }
  auto file = read_user_file(user_file(*name));
  if (!file) return tl::make_unexpected(file.error());
  return std::move(file->password);
}

Result<HomeUser> AuthorityDirectory::home_user(const AuthorityUser& user) const {
  const auto file = read_user_file(user_file(user.user));
  if (!file) return tl::make_unexpected(file.error());
  const auto verifier = digest_verifier(user.user, overlay_, file->password);
  return HomeUser{user.aor, user.certificate_der, file->ed25519_private, verifier.ha1_md5,
                  verifier.ha1_sha256};
}

Result<Kit> AuthorityDirectory::kit_for(std::string_view name) const {
  const auto checked = node_name(name);
  if (!checked) return tl::make_unexpected(checked.error());
  if (!is_there(node_file(*checked))) {
    return fail(fmt::format("there is no node {0}; make it with 'muster pki node {0}'", *checked));
  }
  const auto own = read_node_file(node_file(*checked));
  const auto all_nodes = nodes();
  const auto all_users = users();
  if (!own) return tl::make_unexpected(own.error());
  if (!all_nodes) return tl::make_unexpected(all_nodes.error());
  if (!all_users) return tl::make_unexpected(all_users.error());
  Kit kit{overlay_,
          issuer_.root_der,
          discovery_key_,
          epoch_,
          *checked,
          own->certificate_der,
          own->ed25519_private,
          own->x25519_private,
          {},
          {}};
  for (const auto& node : *all_nodes) kit.roster.push_back(node.certificate_der);
  for (const auto& user : *all_users) {
    kit.roster.push_back(user.certificate_der);
    const bool at_home = user.homes_all || std::find(user.homes.begin(), user.homes.end(),
                                                     *checked) != user.homes.end();
    if (!at_home) continue;
    auto home = home_user(user);
    if (!home) return tl::make_unexpected(home.error());
    kit.home_users.push_back(std::move(*home));
  }
  if (auto fits = check_kit(kit); !fits) return tl::make_unexpected(fits.error());
  return kit;
}

}  // namespace muster::security
