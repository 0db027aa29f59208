// SPDX-License-Identifier: Apache-2.0
#include "sip/registrar.hpp"

#include <algorithm>
#include <utility>

#include "core/base/byte_reader.hpp"
#include "sip/fingerprint.hpp"
#include "sip/scanner.hpp"

namespace muster::sip {

namespace {

std::uint32_t whole_seconds(Duration duration) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

/// "0.5" as 500; nothing sensible means 1.
unsigned thousandths(std::string_view q) {
  if (q.starts_with("1") || q.empty() || q[0] != '0') return 1000;
  unsigned value = 0;
  for (std::size_t i = 2; i < 5; ++i) {
    const char digit = i < q.size() ? q[i] : '0';
    if (digit < '0' || digit > '9') return 1000;
    value = value * 10 + static_cast<unsigned>(digit - '0');
  }
  return value;
}

/// RFC 5626: instance and reg-id together name one flow of one phone.
std::string instance_of(const NameAddr& contact) {
  const auto instance = contact.params.find("+sip.instance");
  if (!instance || instance->empty()) return {};
  return std::string{*instance} + ';' + std::string{contact.params.find("reg-id").value_or("")};
}

/// Nothing for a phone that does not name itself: a Contact alone does not tell two phones of one
/// user from one phone that has moved, so such bindings end by their time.
std::optional<std::uint64_t> instance_hash(std::string_view aor, std::string_view instance) {
  if (instance.empty()) return std::nullopt;
  const auto octets = from_hex(fingerprint({aor, instance}).substr(0, 16));
  return ByteReader{*octets}.u64();
}

/// RFC 3261 section 10.3 step 7: within one Call-ID only a higher CSeq counts.
bool out_of_order(const Binding* known, const Message& request) {
  return known != nullptr && known->call_id == request.call_id() &&
         known->cseq >= request.cseq().number;
}

}  // namespace

Message Registrar::receive(TimePoint now, std::string_view aor, const PhoneAddress& source,
                           const Message& request, std::string_view to_tag) {
  advance(now);
  const Plan planned = request.contact_is_wildcard() ? plan_removal_of_all(aor, request)
                                                     : plan(now, aor, source, request);
  if (planned.refused != 0) {
    Message refusal = make_response(request, planned.refused, planned.reason, to_tag);
    if (planned.refused == 423) {
      refusal.add("Min-Expires", std::to_string(whole_seconds(config_.expires_min)));
    }
    return refusal;
  }
  carry_out(aor, planned);
  return listing(now, aor, request, to_tag);
}

Registrar::Plan Registrar::plan(TimePoint now, std::string_view aor, const PhoneAddress& source,
                                const Message& request) const {
  Plan plan;
  for (const NameAddr& contact : request.contacts()) {
    if (!contact.uri.is_sip()) return {{}, 400, "Contact Is No SIP URI"};
    Duration lifetime = config_.expires_default;
    if (const auto expires = request.expires()) lifetime = std::chrono::seconds{*expires};
    if (const auto text = contact.params.find("expires")) {
      const auto seconds = whole_number(*text);
      lifetime = seconds ? std::chrono::seconds{*seconds} : config_.expires_default;
    }
    const bool remove = lifetime == Duration::zero();
    if (!remove && lifetime < config_.expires_min) return {{}, 423, {}};
    Binding binding{.contact = contact.uri,
                    .instance = instance_of(contact),
                    .q = thousandths(contact.params.find("q").value_or("")),
                    .call_id = request.call_id(),
                    .cseq = request.cseq().number,
                    .source = source,
                    .expires = now + std::min(lifetime, config_.expires_max),
                    .registered_at = now};
    if (out_of_order(location_.match(aor, binding.contact, binding.instance), request)) {
      return {{}, 500, "REGISTER Out Of Order"};
    }
    plan.changes.push_back({std::move(binding), remove});
  }
  if (contacts_after(aor, plan) > config_.contacts_per_user_max) {
    return {{}, 403, "Too Many Phones For This User"};
  }
  return plan;
}

Registrar::Plan Registrar::plan_removal_of_all(std::string_view aor, const Message& request) const {
  if (request.expires() != 0u || request.headers("Contact").size() != 1) {
    return {{}, 400, "Contact * Needs Expires 0 And No Other Contact"};
  }
  Plan plan;
  for (const Binding& binding : location_.find(aor)) {
    if (out_of_order(&binding, request)) return {{}, 500, "REGISTER Out Of Order"};
    plan.changes.push_back({binding, true});
  }
  return plan;
}

std::size_t Registrar::contacts_after(std::string_view aor, const Plan& plan) const {
  std::size_t count = location_.find(aor).size();
  for (const Change& change : plan.changes) {
    const bool known = location_.match(aor, change.binding.contact, change.binding.instance);
    if (!change.remove && !known) ++count;
  }
  return count;
}

void Registrar::carry_out(std::string_view aor, const Plan& plan) {
  bool removed = false;
  for (const Change& change : plan.changes) {
    const Binding* known = location_.match(aor, change.binding.contact, change.binding.instance);
    if (change.remove) {
      removed |= known != nullptr;
      if (known) location_.remove(aor, Uri{known->contact});
      continue;
    }
    const bool added = known == nullptr || known->source != change.binding.source ||
                       known->instance != change.binding.instance;
    location_.put(aor, change.binding);
    ++revision_;
    if (added) {
      outputs_.push_back(
          {Output::Kind::phone_added, std::string{aor}, change.binding.source.text()});
    }
  }
  if (removed) removed_one(aor);
}

void Registrar::removed_one(std::string_view aor) {
  ++revision_;
  const bool last = location_.find(aor).empty();
  outputs_.push_back({last ? Output::Kind::last_phone_removed : Output::Kind::phone_removed,
                      std::string{aor},
                      {}});
}

void Registrar::restore(TimePoint now, std::string_view aor, Binding binding) {
  if (binding.expires <= now || location_.match(aor, binding.contact, binding.instance) ||
      location_.find(aor).size() >= config_.contacts_per_user_max) {
    return;
  }
  outputs_.push_back({Output::Kind::phone_added, std::string{aor}, binding.source.text()});
  location_.put(aor, std::move(binding));
}

void Registrar::connection_ended(const PhoneAddress& source) {
  for (const std::string& aor : location_.connection_ended(source)) removed_one(aor);
}

bool Registrar::yield(std::string_view aor, std::uint64_t instance,
                      TimePoint registered_elsewhere_at) {
  for (const Binding& binding : location_.find(aor)) {
    if (instance_hash(aor, binding.instance) != instance) continue;
    if (binding.registered_at >= registered_elsewhere_at) return false;
    location_.remove(aor, binding.contact);
    removed_one(aor);
    return true;
  }
  return false;
}

std::vector<RegisteredPhone> Registrar::phones(std::string_view aor) const {
  std::vector<RegisteredPhone> found;
  for (const Binding& binding : location_.find(aor)) {
    if (const auto instance = instance_hash(aor, binding.instance)) {
      found.push_back({*instance, binding.registered_at});
    }
  }
  return found;
}

Message Registrar::listing(TimePoint now, std::string_view aor, const Message& request,
                           std::string_view to_tag) const {
  Message response = make_response(request, 200, {}, to_tag);
  for (const Binding& binding : location_.find(aor)) {
    const auto left = std::max(Duration::zero(), binding.expires - now);
    response.add("Contact",
                 '<' + binding.contact.str() + ">;expires=" + std::to_string(whole_seconds(left)));
  }
  return response;
}

void Registrar::advance(TimePoint now) {
  for (std::string& aor : location_.expire(now)) removed_one(aor);
}

std::optional<Registrar::Output> Registrar::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

}  // namespace muster::sip
