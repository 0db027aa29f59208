// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "security/kit.hpp"
#include "security/wire/kit.pb.h"

namespace muster::security {
namespace {

constexpr std::uint32_t format_version = 1;

std::string text(BytesView bytes) { return std::string{as_text(bytes)}; }

std::optional<Key32> key_of(const std::string& octets) {
  Key32 key{};
  if (octets.size() != key.size()) return std::nullopt;
  std::copy(octets.begin(), octets.end(), key.begin());
  return key;
}

std::optional<HomeUser> home_user_of(const wire::Kit::HomeUser& in) {
  const auto key = key_of(in.ed25519_private());
  if (!key) return std::nullopt;
  return HomeUser{in.aor(), to_bytes(in.certificate()), *key, in.ha1_md5(), in.ha1_sha256()};
}

void write_home_user(const HomeUser& user, wire::Kit::HomeUser& out) {
  out.set_aor(user.aor);
  out.set_certificate(text(user.certificate_der));
  out.set_ed25519_private(text(user.ed25519_private));
  out.set_ha1_md5(user.ha1_md5);
  out.set_ha1_sha256(user.ha1_sha256);
}

}  // namespace

Bytes encode_kit(const Kit& kit) {
  wire::Kit out;
  out.set_version(format_version);
  out.set_overlay(kit.overlay);
  out.set_root_certificate(text(kit.root_der));
  out.set_epoch(kit.epoch);
  out.set_discovery_key(text(kit.discovery_key));
  out.set_node_name(kit.node_name);
  out.set_node_certificate(text(kit.node_certificate_der));
  out.set_ed25519_private(text(kit.ed25519_private));
  out.set_x25519_private(text(kit.x25519_private));
  for (const auto& certificate : kit.roster) out.add_roster(text(certificate));
  for (const auto& user : kit.home_users) write_home_user(user, *out.add_home_users());
  return to_bytes(out.SerializeAsString());
}

Result<Kit> decode_kit(BytesView bytes) {
  wire::Kit in;
  if (bytes.size() > kit_bytes_max ||
      !in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail("this is no kit, or a damaged one; make it again with 'muster kit make'");
  }
  if (in.version() != format_version) {
    return fail("this kit is of another format version; make it again with this Muster");
  }
  const auto discovery_key = key_of(in.discovery_key());
  const auto ed25519 = key_of(in.ed25519_private());
  const auto x25519 = key_of(in.x25519_private());
  if (!discovery_key || !ed25519 || !x25519) {
    return fail("the kit lacks a key; make it again with 'muster kit make'");
  }
  Kit kit{in.overlay(),
          to_bytes(in.root_certificate()),
          *discovery_key,
          in.epoch(),
          in.node_name(),
          to_bytes(in.node_certificate()),
          *ed25519,
          *x25519,
          {},
          {}};
  for (const auto& certificate : in.roster()) kit.roster.push_back(to_bytes(certificate));
  for (const auto& user : in.home_users()) {
    auto home_user = home_user_of(user);
    if (!home_user) return fail("the kit lacks a user's key; make it again with 'muster kit make'");
    kit.home_users.push_back(std::move(*home_user));
  }
  return kit;
}

}  // namespace muster::security
