// SPDX-License-Identifier: Apache-2.0
#include "node/rendezvous.hpp"

#include <algorithm>
#include <set>

#include "core/wire/delegation_record.hpp"
#include "core/wire/message_packer.hpp"
#include "core/wire/node_record.hpp"
#include "core/wire/prekey_record.hpp"
#include "core/wire/sip_binding_record.hpp"
#include "node/aor_uri.hpp"

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
constexpr const char* software_version = "muster 0.1.0";

}  // namespace

Bytes Rendezvous::RecordSigner::sign(BytesView text) {
  return to_bytes(BytesView{security::ed25519_sign(key_, text)});
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
      wire::encode(
          wire::PrekeyRecord{own_prekey.id, own_prekey.public_key, {}, wire::dictionary_newest}));
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

void Rendezvous::find_node(TimePoint now, const NodeId& node, bool afresh) {
  directory_.find_node(now, node, afresh);
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
                                                 prekey.user_signature, 0}),
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
      outputs_.push_back(NodeFound{found->node, std::move(found->path), found->round_trip});
    } else if (const auto* ended = std::get_if<overlay::Directory::LookedUp>(&*output)) {
      auto asked = looking_up_.extract(ended->number);
      if (asked.empty()) continue;
      outputs_.push_back(LookedUp{ended->number, std::move(asked.mapped()), ended->outcome,
                                  ended->holders, ended->silent});
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

}  // namespace muster::node
