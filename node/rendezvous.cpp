// SPDX-License-Identifier: Apache-2.0
#include "node/rendezvous.hpp"

#include <algorithm>
#include <set>

#include "core/wire/delegation_record.hpp"
#include "core/wire/node_record.hpp"
#include "core/wire/prekey_record.hpp"
#include "core/wire/sip_binding_record.hpp"

namespace muster::node {
namespace {

using overlay::Kind;

// Own records are renewed by the directory while they are wanted; the lifetime is how long the
// overlay remembers a node or a phone that is silent.
constexpr std::chrono::hours node_lifetime{24 * 30};
constexpr std::chrono::hours binding_lifetime{1};
// The directory renews after half of the lifetime at the earliest.
constexpr std::chrono::minutes binding_restated_every{25};
// After a start, when neighbours have confirmed what the disk said.
constexpr std::chrono::seconds look_again_after{10};
// Homes and visited nodes of one user that are told of all his phones.
constexpr std::size_t concerned_max = 16;
// Where the directory does not say at which of his homes a user is, so many are tried.
constexpr std::size_t taken_to_be_home_max = 2;
constexpr const char* software_version = "muster 0.1.0";

constexpr std::string_view scheme = "sip:";

std::string with_scheme(std::string_view aor) { return std::string{scheme} + std::string{aor}; }

}  // namespace

Bytes Rendezvous::RecordSigner::sign(BytesView text) {
  return to_bytes(BytesView{security::ed25519_sign(key_, text)});
}

/// A node writes of itself (NODE-MATCH), a home node of its users' phones (USER-NODE-MATCH) and of
/// the nodes that they visit, such a node of their phones there, and anybody passes on a
/// certificate, which proves itself.
bool Rendezvous::Policy::may_write(std::uint16_t kind, std::string_view resource,
                                   const NodeId& writer) {
  switch (static_cast<Kind>(kind)) {
    case Kind::node:
      return resource == writer.hex();
    case Kind::prekey:
      return resource == writer.hex() || may_bind(writer, resource);
    case Kind::certificate:
      return CertificateHash::from_hex(resource).has_value();
    case Kind::delegation:
      return is_home(writer, resource);
    case Kind::sip_binding:
      return may_bind(writer, resource);
    default:
      return false;
  }
}

/// All that is said of one user lies together, at the place of his AoR.
std::optional<std::string> Rendezvous::Policy::placed_at(std::uint16_t kind,
                                                         std::string_view resource,
                                                         BytesView value) {
  switch (static_cast<Kind>(kind)) {
    case Kind::sip_binding:
    case Kind::presence:
    case Kind::delegation:
      return std::string{resource};
    case Kind::prekey:
      if (resource.find('@') == std::string_view::npos) return std::nullopt;
      return std::string{resource};
    case Kind::certificate: {
      const auto certificate = security::read_certificate(value);
      if (!certificate) return std::nullopt;
      const auto* user = std::get_if<security::UserSubject>(&certificate->subject);
      if (user == nullptr) return std::nullopt;
      return user->user + '@' + certificate->overlay;
    }
    default:
      return std::nullopt;
  }
}

std::vector<NodeId> Rendezvous::Policy::concerned(std::string_view aor) {
  std::vector<NodeId> nodes;
  const auto user = trust_.user(with_scheme(aor));
  if (!user) return nodes;
  if (!user->homes_all) {
    for (const auto& home : user->homes) {
      const auto node = trust_.node(home);
      if (node && nodes.size() < concerned_max) nodes.push_back(node->id);
    }
  }
  for (const auto& held : directory_->find(Kind::delegation, aor)) {
    const auto record = wire::parse_delegation_record(held.value);
    if (!record || !is_home(held.writer, aor)) continue;
    for (const auto& visited : record->visited) {
      const bool known = std::find(nodes.begin(), nodes.end(), visited.node) != nodes.end();
      if (!known && nodes.size() < concerned_max) nodes.push_back(visited.node);
    }
  }
  return nodes;
}

bool Rendezvous::Policy::is_home(const NodeId& writer, std::string_view aor) const {
  const auto user = trust_.user(with_scheme(aor));
  const auto node = trust_.known(writer);
  return user && node && user->has_home(node->name);
}

bool Rendezvous::Policy::may_bind(const NodeId& writer, std::string_view aor) const {
  if (is_home(writer, aor)) return true;
  for (const auto& held : directory_->find(Kind::delegation, aor)) {
    if (!is_home(held.writer, aor)) continue;  // no longer
    const auto record = wire::parse_delegation_record(held.value);
    if (record && record->names(writer)) return true;
  }
  return false;
}

/// A writer nobody has heard of may introduce itself: a certificate record that it signed with the
/// key in the very certificate.
bool Rendezvous::Policy::verify(const NodeId& writer, BytesView text, BytesView signature) {
  if (const auto known = trust_.known(writer)) {
    return security::ed25519_verify(known->ed25519, text, signature);
  }
  const std::size_t label_bytes = overlay::Record::signed_text({}).size();
  if (text.size() < label_bytes) return false;
  const auto record = overlay::Record::parse(text.subspan(label_bytes), signature);
  if (!record || record->key().kind != Kind::certificate) {
    if (unknown_.size() < unknown_max) unknown_.push_back(writer);
    return false;
  }
  const auto certificate = security::read_certificate(record->value());
  if (!certificate) return false;
  const auto* subject = std::get_if<security::NodeSubject>(&certificate->subject);
  if (subject == nullptr || subject->id != writer ||
      !security::ed25519_verify(certificate->ed25519, text, signature)) {
    return false;
  }
  return trust_.verify(record->value()).has_value();
}

/// Else a member could fill the directory of everybody with what only looks like certificates.
bool Rendezvous::Policy::sound(std::uint16_t kind, std::string_view resource, BytesView value) {
  if (static_cast<Kind>(kind) != Kind::certificate) return true;
  const auto hash = security::certificate_hash_of(value);
  return hash.hex() == resource && (!trust_.certificate(hash).empty() || trust_.genuine(value));
}

Rendezvous::Rendezvous(const security::Kit& kit, security::TrustStore& trust,
                       const mesh::NextHops& hops, ports::RecordStore& store,
                       const overlay::DirectoryLimits& limits, std::uint64_t seed)
    : self_(security::node_id_of(kit)),
      kit_(kit),
      trust_(trust),
      hops_(hops),
      signer_(kit.ed25519_private),
      policy_(trust),
      directory_(self_, signer_, policy_, store, digest_, limits, seed),
      introductions_(kit, trust) {
  policy_.look_in(directory_);
}

void Rendezvous::start(TimePoint now, std::uint32_t boot, const security::Prekey& own_prekey) {
  directory_.start(now, boot);
  look_again_at_ = now + look_again_after;
  for (const auto& held : directory_.all(Kind::certificate)) {
    trust_new_certificate(now, std::string{held.resource});
  }
  const auto put = [&](Kind kind, const std::string& resource, BytesView value) {
    directory_.put(now, kind, resource, value,
                   std::chrono::duration_cast<std::chrono::seconds>(node_lifetime));
  };
  if (!introductions_.needless()) put_own_certificates(now);
  put_own_node(now);
  restore_delegations(now);
  put(Kind::prekey, self_.hex(),
      wire::encode(wire::PrekeyRecord{own_prekey.id, own_prekey.public_key, {}}));
  settle(now);
}

void Rendezvous::put_own_certificates(TimePoint now) {
  const auto put = [&](const Bytes& der) {
    directory_.put(now, Kind::certificate, security::certificate_hash_of(der).hex(), der,
                   std::chrono::duration_cast<std::chrono::seconds>(node_lifetime));
  };
  put(kit_.node_certificate_der);
  for (const auto& user : kit_.home_users) put(user.certificate_der);
}

void Rendezvous::hear_node(TimePoint now, const NodeId& writer, const std::string& resource) {
  for (const auto& held : directory_.find(Kind::node, resource)) {
    const auto record = held.writer == writer ? wire::parse_node_record(held.value) : std::nullopt;
    if (record && introductions_.heard(now, writer, *record)) put_own_certificates(now);
  }
}

void Rendezvous::neighbour_up(TimePoint now, const NodeId& neighbour) {
  directory_.neighbour_up(now, neighbour);
  settle(now);
}

void Rendezvous::neighbour_down(TimePoint now, const NodeId& neighbour) {
  directory_.neighbour_down(now, neighbour);
  settle(now);
}

void Rendezvous::receive(TimePoint now, const NodeId& from, BytesView message) {
  directory_.receive(now, from, message);
  settle(now);
}

/// What bears the signature of somebody whose certificate comes with it is refused at first.
void Rendezvous::receive_from_node(TimePoint now, const NodeId& from, BytesView message) {
  directory_.receive_from_node(now, from, message);
  if (!settle(now)) return;
  directory_.receive_from_node(now, from, message);
  settle(now);
}

void Rendezvous::receive_direct(TimePoint now, const overlay::Contact& from, BytesView message) {
  directory_.receive_direct(now, from, message);
  if (!settle(now)) return;
  directory_.receive_direct(now, from, message);
  settle(now);
}

void Rendezvous::set_direct(TimePoint now, bool possible, std::size_t provisioned) {
  directory_.set_direct(now, possible, provisioned);
  settle(now);
}

void Rendezvous::find_node(TimePoint now, const NodeId& node) {
  directory_.find_node(now, node);
  settle(now);
}

void Rendezvous::add_entrance(TimePoint now, const LinkPath& path) {
  directory_.add_entrance(now, path);
}

void Rendezvous::route_changed(TimePoint now, const NodeId& node, bool is_reachable) {
  directory_.reachable(now, node, is_reachable);
}

std::uint64_t Rendezvous::look_up(TimePoint now, std::string_view aor, Purpose purpose) {
  overlay::KindSet kinds{Kind::sip_binding, Kind::delegation};
  if (purpose == Purpose::message) {
    kinds = {Kind::sip_binding, Kind::delegation, Kind::prekey};
  }
  if (!user_exists(aor)) kinds.add(Kind::certificate);
  const auto number = directory_.look_up(now, Kind::sip_binding, kinds, aor);
  looking_up_[number] = std::string{aor};
  settle(now);
  return number;
}

void Rendezvous::set_phones(TimePoint now, const std::string& aor,
                            std::vector<sip::RegisteredPhone> phones) {
  wire::SipBindingRecord binding;
  binding.aor = with_scheme(aor);
  if (phones.size() > wire::SipBindingRecord::phones_max) {
    phones.resize(wire::SipBindingRecord::phones_max);
  }
  binding.instances = static_cast<std::uint32_t>(phones.size());
  for (const auto& phone : phones) {
    binding.phones.push_back(
        {phone.instance, std::chrono::ceil<std::chrono::seconds>(now - phone.registered_at)});
  }
  directory_.put(now, Kind::sip_binding, aor, wire::encode(binding),
                 std::chrono::duration_cast<std::chrono::seconds>(binding_lifetime));
  // Before the directory renews the record by itself, with ages that are no longer true.
  const auto restate_at =
      phones.empty() ? std::nullopt : std::optional{now + binding_restated_every};
  own_bindings_[aor] = {std::move(phones), restate_at};
  look_for_phones(now, aor);
  settle(now);
}

void Rendezvous::publish_user_prekey(TimePoint now, std::string_view aor,
                                     const security::UserPrekey& prekey) {
  directory_.put(now, Kind::prekey, aor,
                 wire::encode(wire::PrekeyRecord{prekey.prekey.id, prekey.prekey.public_key,
                                                 prekey.user_signature}),
                 is_home(self_, aor) ? node_lifetime : delegations_.lifetime());
  settle(now);
}

void Rendezvous::withdraw_user_prekey(TimePoint now, std::string_view aor) {
  directory_.remove(now, Kind::prekey, aor);
  settle(now);
}

void Rendezvous::remove_binding(TimePoint now, const std::string& aor) {
  own_bindings_.erase(aor);
  directory_.remove(now, Kind::sip_binding, aor);
  settle(now);
}

bool Rendezvous::delegate(TimePoint now, const std::string& aor, const NodeId& visited) {
  const bool is_new = delegations_.prove(now, aor, visited);
  if (is_new) write_delegation(now, aor);
  settle(now);
  return is_new;
}

/// What an earlier life of this home has vouched for holds on. The time it was off does not count.
void Rendezvous::restore_delegations(TimePoint now) {
  std::vector<std::string> aors;
  for (const auto& held : directory_.all(Kind::delegation)) {
    const auto record = wire::parse_delegation_record(held.value);
    if (!held.own || !record) continue;
    aors.emplace_back(held.resource);
    delegations_.restore(aors.back(), *record, held.born);
  }
  for (const auto& aor : aors) write_delegation(now, aor);
}

void Rendezvous::write_delegation(TimePoint now, const std::string& aor) {
  if (const auto record = delegations_.state(now, aor)) {
    directory_.put(now, Kind::delegation, aor, wire::encode(*record), delegations_.lifetime());
  } else {
    directory_.remove(now, Kind::delegation, aor);
  }
}

/// Whether other nodes say that phones of this user here have registered there. What only the disk
/// of before the restart says does not count.
void Rendezvous::look_for_phones(TimePoint now, const std::string& aor) {
  const auto own = own_bindings_.find(aor);
  if (own == own_bindings_.end()) return;
  for (const auto& held : directory_.find(Kind::sip_binding, aor)) {
    const auto record = wire::parse_sip_binding_record(held.value);
    if (!record || held.own || held.stale) continue;
    for (const auto& there : record->phones) {
      const TimePoint registered_at = held.born - there.age;
      for (const auto& here : own->second.phones) {
        if (here.instance != there.instance) continue;
        outputs_.push_back(PhoneElsewhere{aor, here.instance, held.writer,
                                          std::min(registered_at, now),
                                          here.registered_at < registered_at});
      }
    }
  }
}

bool Rendezvous::put_own_node(TimePoint now) {
  wire::NodeRecord record{kit_.node_name, software_version, health_checks_};
  introductions_.state(record);
  return directory_.put(now, Kind::node, self_.hex(), wire::encode(record),
                        std::chrono::duration_cast<std::chrono::seconds>(node_lifetime));
}

HealthReport Rendezvous::check_health(TimePoint now) {
  HealthReport report;
  report.listening = directory_.epoch() == 0;
  if (report.listening) return report;
  const auto failures = directory_.counters().store_failures;
  ++health_checks_;
  report.put = put_own_node(now) && directory_.counters().store_failures == failures;
  for (const auto& record : directory_.find(Kind::node, self_.hex())) {
    const auto read = wire::parse_node_record(record.value);
    report.got |= record.own && read && read->checks == health_checks_;
    report.epoch = record.version.epoch;
    report.sequence = record.version.sequence;
  }
  settle(now);
  return report;
}

void Rendezvous::advance(TimePoint now) {
  directory_.advance(now);
  for (auto& [aor, binding] : own_bindings_) {
    if (!binding.restate_at || *binding.restate_at > now) continue;
    binding.restate_at = now + binding_restated_every;
    outputs_.push_back(Restate{aor});
  }
  for (const auto& aor : delegations_.due(now)) write_delegation(now, aor);
  for (const auto& writer : policy_.take_unknown()) introductions_.unknown(now, writer);
  if (introductions_.advance(now)) put_own_node(now);
  if (look_again_at_ && *look_again_at_ <= now) {
    look_again_at_.reset();
    for (const auto& [aor, binding] : own_bindings_) look_for_phones(now, aor);
  }
  settle(now);
}

std::optional<TimePoint> Rendezvous::deadline() const {
  auto due = earlier(earlier(directory_.deadline(), look_again_at_), delegations_.deadline());
  due = earlier(due, introductions_.deadline());
  for (const auto& [aor, binding] : own_bindings_) due = earlier(due, binding.restate_at);
  return due;
}

std::optional<Rendezvous::Output> Rendezvous::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

bool Rendezvous::settle(TimePoint now) {
  bool more_trust = false;
  while (auto output = directory_.poll()) {
    if (auto* send = std::get_if<overlay::Directory::Send>(&*output)) {
      outputs_.push_back(Send{send->to, std::move(send->message), send->precedence});
    } else if (const auto* change = std::get_if<overlay::Directory::Changed>(&*output)) {
      more_trust |= changed(now, *change);
    } else if (const auto* alarm = std::get_if<overlay::Directory::Alarm>(&*output)) {
      outputs_.push_back(ClonedIdentity{alarm->writer});
    } else if (auto* to_node = std::get_if<overlay::Directory::SendToNode>(&*output)) {
      outputs_.push_back(SendToNode{to_node->to, std::move(to_node->message), to_node->precedence,
                                    to_node->look_up, std::move(to_node->path)});
    } else if (auto* found = std::get_if<overlay::Directory::NodeFound>(&*output)) {
      outputs_.push_back(NodeFound{found->node, std::move(found->path)});
    } else if (const auto* ended = std::get_if<overlay::Directory::LookedUp>(&*output)) {
      auto asked = looking_up_.extract(ended->number);
      if (asked.empty()) continue;
      outputs_.push_back(
          LookedUp{ended->number, std::move(asked.mapped()), ended->outcome, ended->silent});
    }
  }
  return more_trust;
}

bool Rendezvous::changed(TimePoint now, const overlay::Directory::Changed& change) {
  if (change.kind == Kind::sip_binding) {
    outputs_.push_back(BindingsChanged{change.resource});
    if (!change.deleted && change.writer != self_) look_for_phones(now, change.resource);
  }
  if (change.kind == Kind::delegation) {
    outputs_.push_back(BindingsChanged{change.resource});
    // What the visited node wrote may have come before, and was refused then.
    if (!change.deleted && change.writer != self_) directory_.trust_changed(now);
    if (!is_home(self_, change.resource) && policy_.may_bind(self_, change.resource)) {
      outputs_.push_back(VouchedFor{change.resource});
    }
  }
  if (change.kind == Kind::node && !change.deleted && change.writer != self_) {
    hear_node(now, change.writer, change.resource);
  }
  if (change.kind == Kind::prekey && change.resource.find('@') != std::string::npos) {
    outputs_.push_back(UserPrekeysChanged{change.resource});
  }
  return change.kind == Kind::certificate && !change.deleted &&
         trust_new_certificate(now, change.resource);
}

bool Rendezvous::trust_new_certificate(TimePoint now, const std::string& resource) {
  bool is_new = false;
  for (const auto& record : directory_.find(Kind::certificate, resource)) {
    if (security::certificate_hash_of(record.value).hex() != resource) continue;
    // Refused ones are counted by the trust store; the record itself is harmless.
    if (!trust_.add(record.value)) continue;
    directory_.trust_changed(now);
    is_new = true;
  }
  return is_new;
}

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
