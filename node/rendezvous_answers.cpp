// SPDX-License-Identifier: Apache-2.0
// What the directory and the certificates say to those who ask.
#include <algorithm>
#include <map>
#include <set>

#include "core/wire/delegation_record.hpp"
#include "core/wire/prekey_record.hpp"
#include "core/wire/sip_binding_record.hpp"
#include "node/aor_uri.hpp"
#include "node/rendezvous.hpp"

namespace muster::node {
namespace {

using overlay::Kind;

// Where the directory does not say at which of his homes a user is, so many are tried.
constexpr std::size_t taken_to_be_home_max = 2;

}  // namespace

std::vector<NodeId> Rendezvous::nodes_of(std::string_view aor) const {
  std::vector<NodeId> nodes;
  for (const auto& binding : directory_.find(Kind::sip_binding, aor)) {
    if (binding.writer == self_ || !policy_.may_bind(binding.writer, aor)) continue;
    nodes.push_back(binding.writer);
  }
  std::stable_partition(nodes.begin(), nodes.end(),
                        [this](const NodeId& node) { return reachable(node); });
  if (!without_directory_) return nodes;
  const auto user = trust_.user(with_scheme(aor));
  // Of many homes nobody knows at which one the user is.
  if (!user || user->homes_all || user->homes.size() > taken_to_be_home_max) return nodes;
  for (const NodeId& home : homes_of(aor)) {
    if (is_brief(home) && std::find(nodes.begin(), nodes.end(), home) == nodes.end())
      nodes.push_back(home);
  }
  return nodes;
}

bool Rendezvous::user_exists(std::string_view aor) const {
  return trust_.user(with_scheme(aor)).has_value();
}

bool Rendezvous::reachable(const NodeId& node) const {
  return node == self_ || hops_.next_hop(node).has_value();
}

std::vector<NodeId> Rendezvous::homes_of(std::string_view aor) const {
  std::vector<NodeId> homes;
  const auto user = trust_.user(with_scheme(aor));
  if (!user) return homes;
  const auto add = [&](const security::VerifiedNode& node) {
    if (node.id != self_ && reachable(node.id)) homes.push_back(node.id);
  };
  if (user->homes_all) {
    for (const auto& node : trust_.nodes()) add(node);
    return homes;
  }
  const std::set<std::string> names(user->homes.begin(), user->homes.end());
  for (const auto& name : names) {
    if (const auto node = trust_.node(name)) add(*node);
  }
  return homes;
}

bool Rendezvous::may_speak_for(const NodeId& node, std::string_view aor) const {
  return policy_.may_bind(node, aor);
}

bool Rendezvous::is_home(const NodeId& node, std::string_view aor) const {
  return policy_.is_home(node, aor);
}

std::vector<std::string> Rendezvous::visitors() const {
  std::vector<std::string> aors;
  for (const auto& held : directory_.all(Kind::delegation)) {
    const auto record = wire::parse_delegation_record(held.value);
    const std::string aor{held.resource};
    if (!record || !record->names(self_) || is_home(self_, aor)) continue;
    if (policy_.may_bind(self_, aor) && std::find(aors.begin(), aors.end(), aor) == aors.end()) {
      aors.push_back(aor);
    }
  }
  return aors;
}

std::vector<PrekeyAt> Rendezvous::user_prekeys(std::string_view aor) const {
  std::vector<PrekeyAt> all;
  const auto key = user_key(aor);
  if (!key) return all;
  for (const auto& record : directory_.find(Kind::prekey, aor)) {
    const auto read = wire::parse_prekey_record(record.value);
    if (!read || !read->user_signature || !policy_.may_bind(record.writer, aor)) continue;
    const security::UserPrekey prekey{{read->id, read->x25519_public}, *read->user_signature};
    if (!security::verify_user_prekey(*key, aor, record.writer, prekey)) continue;
    all.push_back({record.writer, prekey.prekey});
  }
  return all;
}

std::optional<security::Key32> Rendezvous::user_key(std::string_view aor) const {
  const auto user = trust_.user(with_scheme(aor));
  return user ? std::optional{user->ed25519} : std::nullopt;
}

std::optional<security::MessageSender> Rendezvous::sender(
    const security::CertificateRef& ref) const {
  const auto user = trust_.user(ref);
  if (!user) return std::nullopt;
  return security::MessageSender{user->aor.substr(scheme.size()), user->ed25519};
}

bool Rendezvous::may_answer_soon(std::string_view aor) const {
  if (!only_without_directory_) return true;
  return std::ranges::any_of(nodes_of(aor), [this](const NodeId& node) { return !is_brief(node); });
}

bool Rendezvous::is_brief(const NodeId& node) const {
  return without_directory_ && node != self_ && directory_.find(Kind::node, node.hex()).empty();
}

std::optional<std::string> Rendezvous::user_at_home(const NodeId& home, BytesView hint) const {
  const auto node = trust_.known(home);
  if (!node) return std::nullopt;
  std::optional<std::string> found;
  for (const auto& user : trust_.users()) {
    if (!user.has_home(node->name)) continue;
    const std::string aor = user.aor.substr(scheme.size());
    if (!hints_at(hint, aor)) continue;
    if (found) return std::nullopt;
    found = aor;
  }
  return found;
}

std::optional<security::Prekey> Rendezvous::prekey(const NodeId& node) const {
  for (const auto& record : directory_.find(Kind::prekey, node.hex())) {
    const auto prekey = wire::parse_prekey_record(record.value);
    if (prekey) return security::Prekey{prekey->id, prekey->x25519_public};
  }
  // Where nodes are known in buckets nobody else has their records, but everybody their
  // certificates.
  const bool by_certificate =
      without_directory_ || directory_.membership() == overlay::Membership::buckets;
  if (const auto known = by_certificate ? trust_.known(node) : std::nullopt) {
    return security::Prekey{security::certificate_prekey_id, known->x25519};
  }
  return std::nullopt;
}

std::uint32_t Rendezvous::dictionary(const NodeId& node) const {
  for (const auto& record : directory_.find(Kind::prekey, node.hex())) {
    const auto prekey = wire::parse_prekey_record(record.value);
    if (prekey) return prekey->dictionary;
  }
  return 0;
}

std::optional<security::Key32> Rendezvous::signing_key(const NodeId& node) const {
  const auto known = trust_.known(node);
  return known ? std::optional{known->ed25519} : std::nullopt;
}

std::optional<security::Key32> Rendezvous::certificate_key(const NodeId& node) const {
  const auto known = trust_.known(node);
  return known ? std::optional{known->x25519} : std::nullopt;
}

std::vector<std::string> Rendezvous::users_at(const NodeId& node) const {
  std::vector<std::string> users;
  for (const auto& binding : directory_.all(Kind::sip_binding)) {
    if (binding.writer != node || !policy_.may_bind(node, binding.resource)) continue;
    users.emplace_back(binding.resource);
  }
  return users;
}

std::size_t Rendezvous::registered_users() const {
  std::set<std::string_view> aors;
  for (const auto& binding : directory_.all(Kind::sip_binding)) {
    if (policy_.may_bind(binding.writer, binding.resource)) aors.insert(binding.resource);
  }
  return aors.size();
}

std::vector<UserReport> Rendezvous::users() const {
  std::map<std::string, UserReport> by_aor;
  for (const auto& user : trust_.users()) by_aor[user.aor].aor = user.aor;
  for (const auto& binding : directory_.all(Kind::sip_binding)) {
    if (!policy_.may_bind(binding.writer, binding.resource)) continue;
    auto& report = by_aor[with_scheme(binding.resource)];
    report.aor = with_scheme(binding.resource);
    report.registered = true;
    report.nodes.push_back({binding.writer.hex(), name_of(binding.writer)});
  }
  std::vector<UserReport> all;
  for (auto& [aor, report] : by_aor) all.push_back(std::move(report));
  return all;
}

std::string Rendezvous::name_of(const NodeId& node) const {
  const auto known = trust_.known(node);
  return known ? known->name : std::string{};
}

}  // namespace muster::node
