// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/ports/random.hpp"
#include "security/certificate_issue.hpp"
#include "security/io/private_file.hpp"
#include "security/kit.hpp"

namespace muster::security {

struct AuthorityNode {
  std::string name;
  NodeId id;
  Bytes certificate_der;
};
struct AuthorityUser {
  std::string user;
  std::string aor;
  bool homes_all = false;
  std::vector<std::string> homes;
  Bytes certificate_der;
};
/// What is to become of a user who exists already. Every new certificate has a new key, for the
/// former homes hold the old one; the password may stay, so that phones need not be set up again,
/// unless a home was captured.
enum class OnExistingUser { refuse, keep_password, new_password };
/// Home nodes as a person asks for them.
struct Homes {
  bool all = false;
  std::vector<std::string> nodes;
};

/// The offline authority of an overlay: a directory (0700) of PEM files (0600), one file per
/// identity, each written whole or not at all.
///
///   authority.pem   root key, root certificate, discovery key      root.pem   root certificate
///   nodes/NAME.pem  its two keys, certificate                      issued     count of serials
///   users/NAME.pem  its key, certificate, SIP password
///
/// While an object of this class lives it holds a lock on the directory: many readers or one
/// writer. `now` is in seconds since 1970 and only goes into certificates.
class AuthorityDirectory {
 public:
  enum class Access { read, write };

  /// Makes the authority of overlay `domain` in directory `path`, where there is none yet.
  [[nodiscard]] static Result<AuthorityDirectory> init(const std::filesystem::path& path,
                                                       std::string_view domain,
                                                       ports::Random& random, std::int64_t now);
  [[nodiscard]] static Result<AuthorityDirectory> open(const std::filesystem::path& path,
                                                       Access access, ports::Random& random);

  [[nodiscard]] const std::string& overlay() const { return overlay_; }
  [[nodiscard]] const Bytes& root_der() const { return issuer_.root_der; }
  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }

  /// Whether `add_node` or `add_user` would be refused for the name alone, so that of several none
  /// is made in vain. Gives the name as it will be written.
  [[nodiscard]] Result<std::string> may_add_node(std::string_view name, bool replace) const;
  [[nodiscard]] Result<std::string> may_add_user(std::string_view name,
                                                 OnExistingUser on_existing) const;

  /// Makes keys and certificate. `replace`: of a node that exists, new keys for a lost box, which
  /// nodes then refuse as soon as they have seen the new certificate.
  Result<AuthorityNode> add_node(std::string_view name, bool replace, std::int64_t now);
  /// Makes key, SIP password and certificate; the homes must exist.
  Result<AuthorityUser> add_user(std::string_view name, const Homes& homes,
                                 OnExistingUser on_existing, std::int64_t now);

  [[nodiscard]] Result<std::vector<AuthorityNode>> nodes() const;
  [[nodiscard]] Result<std::vector<AuthorityUser>> users() const;
  /// The SIP password of a user, for the person who sets up the phone.
  [[nodiscard]] Result<std::string> password(std::string_view user) const;
  /// All that node `name` needs, with everybody known so far as roster.
  [[nodiscard]] Result<Kit> kit_for(std::string_view name) const;

 private:
  AuthorityDirectory(std::filesystem::path path, DirectoryLock lock, ports::Random& random)
      : path_(std::move(path)), lock_(std::move(lock)), random_(&random) {}

  Result<void> load();
  Result<std::uint64_t> next_serial();
  [[nodiscard]] Result<std::string> password_for(const std::string& user,
                                                 OnExistingUser on_existing) const;
  Result<Homes> checked_homes(const Homes& homes) const;
  [[nodiscard]] Result<HomeUser> home_user(const AuthorityUser& user) const;
  [[nodiscard]] std::filesystem::path node_file(std::string_view name) const;
  [[nodiscard]] std::filesystem::path user_file(std::string_view name) const;
  [[nodiscard]] Key32 random_key() const;

  std::filesystem::path path_;
  DirectoryLock lock_;
  ports::Random* random_;
  std::string overlay_;
  Issuer issuer_;
  Key32 discovery_key_{};
  std::uint32_t epoch_ = 1;
};

}  // namespace muster::security
