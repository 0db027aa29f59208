// SPDX-License-Identifier: Apache-2.0
#include "security/trust_store.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "security/identity_names.hpp"
#include "security/openssl_ptr.hpp"
#include "security/primitives_in_use.hpp"

namespace muster::security {
namespace {

X509Ptr parse(BytesView der) {
  const unsigned char* at = der.data();
  return X509Ptr{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
}

/// Chain, signature, key usage and unknown critical extensions, but no dates: see TrustStore.
bool chains_to_root(X509_STORE* store, BytesView der) {
  if (internal::primitives_in_use != nullptr)
    return internal::primitives_in_use->certificate_chains(der);
  const X509Ptr leaf = parse(der);
  const X509StoreContextPtr context{X509_STORE_CTX_new()};
  if (!leaf || !context || X509_STORE_CTX_init(context.get(), store, leaf.get(), nullptr) != 1) {
    return false;
  }
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_depth(param, 0);  // no certificate between root and leaf
  return X509_verify_cert(context.get()) == 1;
}

}  // namespace

bool VerifiedUser::has_home(std::string_view node_name) const {
  return homes_all || std::find(homes.begin(), homes.end(), node_name) != homes.end();
}

TrustStore::TrustStore(BytesView root_der, std::string overlay, Limits limits,
                       CertificatePool* pool, const ports::WallClock* clock,
                       std::shared_ptr<const TrustStore> roster)
    : overlay_(std::move(overlay)), limits_(limits), pool_(pool), clock_(clock) {
  const auto root = read_certificate(root_der);
  if (!root || !std::holds_alternative<RootSubject>(root->subject) || root->overlay != overlay_) {
    return;
  }
  root_ = root->hash;
  if (roster && roster->usable() && roster->root_ == root_) {
    roster_ = std::move(roster);
    store_ = roster_->store_;
    return;
  }
  X509StorePtr store{X509_STORE_new()};
  if (store && X509_STORE_add_cert(store.get(), parse(root_der).get()) == 1) {
    store_.reset(store.release(), X509_STORE_free);
  }
}

TrustStore::~TrustStore() = default;
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;

std::optional<VerifiedNode> TrustStore::verify(BytesView certificate_der) {
  if (auto node = known(certificate_hash_of(certificate_der))) return node;
  const auto held = accept(certificate_der);
  if (!held || !std::holds_alternative<NodeSubject>((*held)->certificate.subject)) {
    ++counters_.refused;
    return std::nullopt;
  }
  const auto node = keep_node(*held);
  return node ? std::optional{*node} : std::nullopt;
}

std::optional<VerifiedUser> TrustStore::verify_user(BytesView certificate_der) {
  const auto hash = certificate_hash_of(certificate_der);
  const auto at = user_certificates_.find(hash);
  if (at != user_certificates_.end()) return user(at->second);
  if (roster_) {
    const auto shared = roster_->user_certificates_.find(hash);
    const bool superseded =
        shared != roster_->user_certificates_.end() && users_.contains(shared->second);
    if (shared != roster_->user_certificates_.end() && !superseded) return user(shared->second);
  }
  const auto held = accept(certificate_der);
  if (!held || !std::holds_alternative<UserSubject>((*held)->certificate.subject)) {
    ++counters_.refused;
    return std::nullopt;
  }
  const auto user = keep_user(*held);
  return user ? std::optional{*user} : std::nullopt;
}

Result<void> TrustStore::add(BytesView certificate_der) {
  if (!certificate(certificate_hash_of(certificate_der)).empty()) return {};
  const auto read = accept(certificate_der);
  if (!read) {
    ++counters_.refused;
    return tl::make_unexpected(read.error());
  }
  if (std::holds_alternative<NodeSubject>((*read)->certificate.subject)) {
    const auto node = keep_node(*read);
    if (!node) return tl::make_unexpected(node.error());
  } else {
    const auto user = keep_user(*read);
    if (!user) return tl::make_unexpected(user.error());
  }
  return {};
}

bool TrustStore::genuine(BytesView certificate_der) const {
  return accept(certificate_der).has_value();
}

Result<CertificatePool::Held> TrustStore::accept(BytesView der) const {
  if (pool_ != nullptr && usable()) {
    if (auto held = pool_->find(root_, certificate_hash_of(der))) return held;
  }
  auto certificate = check(der);
  if (!certificate) return tl::make_unexpected(certificate.error());
  auto held = std::make_shared<const HeldCertificate>(
      HeldCertificate{std::move(*certificate), to_bytes(der)});
  if (pool_ != nullptr) pool_->keep(root_, held);
  return held;
}

Result<Certificate> TrustStore::check(BytesView der) const {
  if (!usable()) return fail("this node has no root certificate to trust; install its kit again");
  auto certificate = read_certificate(der);
  if (!certificate) return certificate;
  if (std::holds_alternative<RootSubject>(certificate->subject)) {
    return fail("the certificate is a root, not one of a node or user");
  }
  if (certificate->overlay != overlay_) {
    return fail(fmt::format("the certificate is for overlay {}, this one is {}",
                            certificate->overlay, overlay_));
  }
  if (!chains_to_root(store_.get(), der)) {
    return fail("the certificate is not signed by this overlay's root");
  }
  return certificate;
}

Result<VerifiedNode> TrustStore::keep_node(const CertificatePool::Held& held) {
  const Certificate& certificate = held->certificate;
  const auto& subject = std::get<NodeSubject>(certificate.subject);
  const VerifiedNode node{subject.id, subject.name, certificate.ed25519, subject.x25519,
                          certificate.hash};
  const auto* same_name = node_entry(subject.name);
  const auto* same_key = node_entry(subject.id);
  const bool superseded = (same_name != nullptr && same_name->serial >= certificate.serial) ||
                          (same_key != nullptr && same_key->serial >= certificate.serial);
  if (superseded) {
    ++counters_.refused;
    return fail(fmt::format("a newer certificate for node {} is known", subject.name));
  }
  count_verified(certificate);
  if (same_key != nullptr) forget_node(std::string{same_key->verified.name});
  forget_node(subject.name);
  if (nodes_.size() >= limits_.nodes_max) {
    ++counters_.not_kept;
    return node;
  }
  names_[node.id] = node.name;
  node_certificates_[node.certificate] = node.name;
  nodes_[node.name] = NodeEntry{certificate.serial, held, node};
  return node;
}

void TrustStore::count_verified(const Certificate& certificate) {
  ++counters_.verified;
  if (clock_ != nullptr && !certificate.validity.covers(clock_->unix_s())) ++counters_.out_of_date;
}

void TrustStore::forget_node(const std::string& name) {
  if (roster_ && roster_->nodes_.contains(name)) hidden_.insert(name);
  const auto at = nodes_.find(name);
  if (at == nodes_.end()) return;
  names_.erase(at->second.verified.id);
  node_certificates_.erase(at->second.verified.certificate);
  nodes_.erase(at);
}

Result<VerifiedUser> TrustStore::keep_user(const CertificatePool::Held& held) {
  const Certificate& certificate = held->certificate;
  const auto& subject = std::get<UserSubject>(certificate.subject);
  const VerifiedUser user{aor_of(subject.user, overlay_), subject.homes_all, subject.homes,
                          certificate.ed25519, certificate.hash};
  const auto* known = user_entry(user.aor);
  if (known != nullptr && known->serial >= certificate.serial) {
    ++counters_.refused;
    return fail(fmt::format("a newer certificate for user {} is known", user.aor));
  }
  count_verified(certificate);
  const auto at = users_.find(user.aor);
  if (at != users_.end()) {
    user_certificates_.erase(at->second.verified.certificate);
    user_certificate_refs_.erase(certificate_ref(at->second.verified.certificate));
  } else if (users_.size() >= limits_.users_max) {
    ++counters_.not_kept;
    return user;
  }
  user_certificates_[user.certificate] = user.aor;
  user_certificate_refs_[certificate_ref(user.certificate)] = user.aor;
  users_[user.aor] = UserEntry{certificate.serial, held, user};
  return user;
}

const TrustStore::NodeEntry* TrustStore::node_entry(std::string_view name) const {
  if (const auto at = nodes_.find(name); at != nodes_.end()) return &at->second;
  if (!roster_ || hidden_.contains(name)) return nullptr;
  const auto at = roster_->nodes_.find(name);
  return at == roster_->nodes_.end() ? nullptr : &at->second;
}

const TrustStore::NodeEntry* TrustStore::node_entry(const NodeId& id) const {
  if (const auto at = names_.find(id); at != names_.end()) return &nodes_.at(at->second);
  if (!roster_) return nullptr;
  const auto at = roster_->names_.find(id);
  if (at == roster_->names_.end() || hidden_.contains(at->second)) return nullptr;
  return &roster_->nodes_.at(at->second);
}

const TrustStore::UserEntry* TrustStore::user_entry(std::string_view aor) const {
  if (const auto at = users_.find(aor); at != users_.end()) return &at->second;
  if (!roster_) return nullptr;
  const auto at = roster_->users_.find(aor);
  return at == roster_->users_.end() ? nullptr : &at->second;
}

std::optional<VerifiedNode> TrustStore::known(const NodeId& id) const {
  const auto* entry = node_entry(id);
  return entry == nullptr ? std::nullopt : std::optional{entry->verified};
}

std::optional<VerifiedNode> TrustStore::known(const CertificateHash& certificate) const {
  if (const auto at = node_certificates_.find(certificate); at != node_certificates_.end()) {
    return node(at->second);
  }
  if (!roster_) return std::nullopt;
  const auto at = roster_->node_certificates_.find(certificate);
  if (at == roster_->node_certificates_.end() || hidden_.contains(at->second)) return std::nullopt;
  return node(at->second);
}

std::optional<VerifiedNode> TrustStore::node(std::string_view name) const {
  const auto* entry = node_entry(name);
  return entry == nullptr ? std::nullopt : std::optional{entry->verified};
}

std::optional<VerifiedUser> TrustStore::user(std::string_view aor) const {
  const auto* entry = user_entry(aor);
  return entry == nullptr ? std::nullopt : std::optional{entry->verified};
}

std::optional<VerifiedUser> TrustStore::user(const CertificateRef& certificate) const {
  if (const auto at = user_certificate_refs_.find(certificate);
      at != user_certificate_refs_.end()) {
    return user(at->second);
  }
  if (!roster_) return std::nullopt;
  const auto at = roster_->user_certificate_refs_.find(certificate);
  // A newer one of that user is known here: this is not his present one.
  if (at == roster_->user_certificate_refs_.end() || users_.contains(at->second)) {
    return std::nullopt;
  }
  return user(at->second);
}

std::vector<VerifiedNode> TrustStore::nodes() const {
  std::map<std::string_view, const NodeEntry*> by_name;
  if (roster_) {
    for (const auto& [name, entry] : roster_->nodes_) {
      if (!hidden_.contains(name)) by_name[name] = &entry;
    }
  }
  for (const auto& [name, entry] : nodes_) by_name[name] = &entry;
  std::vector<VerifiedNode> all;
  all.reserve(by_name.size());
  for (const auto& [name, entry] : by_name) all.push_back(entry->verified);
  return all;
}

std::size_t TrustStore::node_count() const {
  return nodes_.size() + (roster_ ? roster_->nodes_.size() - hidden_.size() : 0);
}

std::vector<VerifiedUser> TrustStore::users() const {
  std::map<std::string_view, const UserEntry*> by_aor;
  if (roster_) {
    for (const auto& [aor, entry] : roster_->users_) by_aor[aor] = &entry;
  }
  for (const auto& [aor, entry] : users_) by_aor[aor] = &entry;
  std::vector<VerifiedUser> all;
  all.reserve(by_aor.size());
  for (const auto& [aor, entry] : by_aor) all.push_back(entry->verified);
  return all;
}

bool TrustStore::in_roster(const CertificateHash& certificate) const {
  return roster_ && !roster_->certificate(certificate).empty();
}

BytesView TrustStore::certificate(const CertificateHash& hash) const {
  if (const auto at = node_certificates_.find(hash); at != node_certificates_.end()) {
    return nodes_.at(at->second).held->der;
  }
  if (const auto at = user_certificates_.find(hash); at != user_certificates_.end()) {
    return users_.at(at->second).held->der;
  }
  // Also those that were superseded here: they are genuine, and to be shown.
  return roster_ ? roster_->certificate(hash) : BytesView{};
}

}  // namespace muster::security
