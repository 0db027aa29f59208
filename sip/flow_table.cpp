// SPDX-License-Identifier: Apache-2.0
#include "sip/flow_table.hpp"

#include <algorithm>

#include "sip/location_table.hpp"

namespace muster::sip {

namespace {

std::string key_of(const Uri& contact) {
  return contact.aor() + ':' + std::to_string(contact.port.value_or(0));
}

}  // namespace

void FlowTable::learn(const Uri& contact, const PhoneAddress& source) {
  std::string key = key_of(contact);
  if (const auto known = by_contact_.find(key); known != by_contact_.end()) {
    known->second->source = source;
    flows_.splice(flows_.begin(), flows_, known->second);
    return;
  }
  if (flows_.size() >= flows_max_) {
    by_contact_.erase(flows_.back().key);
    flows_.pop_back();
  }
  flows_.push_front({key, contact, source});
  by_contact_[std::move(key)] = flows_.begin();
}

std::optional<PhoneAddress> FlowTable::find(const Uri& contact) const {
  const auto known = by_contact_.find(key_of(contact));
  if (known == by_contact_.end()) return std::nullopt;
  return phone_address(known->second->contact, known->second->source);
}

bool FlowTable::knows(const PhoneAddress& source) const {
  return std::any_of(flows_.begin(), flows_.end(),
                     [&](const Flow& flow) { return flow.source == source; });
}

void FlowTable::forget(const PhoneAddress& source) {
  flows_.remove_if([&](const Flow& flow) {
    if (flow.source != source) return false;
    by_contact_.erase(flow.key);
    return true;
  });
}

}  // namespace muster::sip
