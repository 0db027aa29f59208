// SPDX-License-Identifier: Apache-2.0
#include "sip/location_table.hpp"

#include <algorithm>

#include "sip/scanner.hpp"

namespace muster::sip {

namespace {

bool same_phone(const Binding& binding, const Uri& contact, std::string_view instance) {
  return equivalent(binding.contact, contact) ||
         (!instance.empty() && binding.instance == instance);
}

PhoneTransport named_transport(const Uri& contact) {
  return same(contact.params.find("transport").value_or(""), "tcp") ? PhoneTransport::tcp
                                                                    : PhoneTransport::udp;
}

}  // namespace

PhoneAddress phone_address(const Uri& contact, const PhoneAddress& source) {
  if (source.transport == PhoneTransport::tcp) return source;
  const auto named = contact.ip_endpoint();
  if (!named || named->address != source.endpoint.address) return source;
  return {*named, named_transport(contact)};
}

std::vector<Binding> LocationTable::find(std::string_view aor) const {
  const auto it = bindings_.find(aor);
  if (it == bindings_.end()) return {};
  std::vector<Binding> found = it->second;
  std::stable_sort(found.begin(), found.end(),
                   [](const Binding& a, const Binding& b) { return a.q > b.q; });
  return found;
}

const Binding* LocationTable::match(std::string_view aor, const Uri& contact,
                                    std::string_view instance) const {
  const auto it = bindings_.find(aor);
  if (it == bindings_.end()) return nullptr;
  for (const Binding& binding : it->second) {
    if (same_phone(binding, contact, instance)) return &binding;
  }
  return nullptr;
}

bool LocationTable::registered_from(std::string_view aor, const PhoneAddress& source) const {
  const auto it = bindings_.find(aor);
  return it != bindings_.end() &&
         std::any_of(it->second.begin(), it->second.end(),
                     [&](const Binding& binding) { return binding.source == source; });
}

bool LocationTable::registered_from(const PhoneAddress& source) const {
  return std::any_of(bindings_.begin(), bindings_.end(),
                     [&](const auto& user) { return registered_from(user.first, source); });
}

std::optional<PhoneAddress> LocationTable::address_of(const Uri& contact) const {
  for (const auto& [aor, bindings] : bindings_) {
    for (const Binding& binding : bindings) {
      if (equivalent(binding.contact, contact)) {
        return phone_address(binding.contact, binding.source);
      }
    }
  }
  return std::nullopt;
}

std::vector<std::string> LocationTable::users() const {
  std::vector<std::string> aors;
  for (const auto& [aor, bindings] : bindings_) aors.push_back(aor);
  return aors;
}

void LocationTable::put(std::string_view aor, Binding binding) {
  auto& bindings = bindings_[std::string{aor}];
  std::erase_if(bindings, [&](const Binding& old) {
    return same_phone(old, binding.contact, binding.instance);
  });
  bindings.push_back(std::move(binding));
}

void LocationTable::remove(std::string_view aor, const Uri& contact) {
  const auto it = bindings_.find(aor);
  if (it == bindings_.end()) return;
  std::erase_if(it->second,
                [&](const Binding& binding) { return equivalent(binding.contact, contact); });
  if (it->second.empty()) bindings_.erase(it);
}

std::vector<std::string> LocationTable::connection_ended(const PhoneAddress& source) {
  std::vector<std::string> losers;
  for (auto it = bindings_.begin(); it != bindings_.end();) {
    auto& [aor, bindings] = *it;
    const std::size_t removed = std::erase_if(bindings, [&](Binding& binding) {
      if (binding.source != source) return false;
      const auto named = binding.contact.ip_endpoint();
      const bool listens = named && named->address == source.endpoint.address &&
                           *named != source.endpoint &&
                           named_transport(binding.contact) == PhoneTransport::tcp;
      if (listens) binding.source.endpoint = *named;
      return !listens;
    });
    if (removed > 0) losers.push_back(aor);
    it = bindings.empty() ? bindings_.erase(it) : std::next(it);
  }
  return losers;
}

std::vector<std::string> LocationTable::expire(TimePoint now) {
  std::vector<std::string> losers;
  for (auto it = bindings_.begin(); it != bindings_.end();) {
    auto& [aor, bindings] = *it;
    const auto removed =
        std::erase_if(bindings, [&](const Binding& binding) { return binding.expires <= now; });
    if (removed > 0) losers.push_back(aor);
    it = bindings.empty() ? bindings_.erase(it) : std::next(it);
  }
  return losers;
}

std::optional<TimePoint> LocationTable::deadline() const {
  std::optional<TimePoint> first;
  for (const auto& [aor, bindings] : bindings_) {
    for (const Binding& binding : bindings) first = earlier(first, binding.expires);
  }
  return first;
}

}  // namespace muster::sip
