// SPDX-License-Identifier: Apache-2.0
#include "node/introductions.hpp"

#include <algorithm>
#include <utility>

namespace muster::node {

Introductions::Introductions(const security::Kit& kit, const security::TrustStore& trust,
                             Limits limits)
    : self_(security::node_id_of(kit)), trust_(trust), limits_(limits) {
  std::vector<security::CertificateRef> own;
  bool all_in_roster = true;
  const auto add = [&](const Bytes& der) {
    const auto hash = security::certificate_hash_of(der);
    all_in_roster &= std::find(kit.roster.begin(), kit.roster.end(), der) != kit.roster.end() ||
                     trust.in_roster(hash);
    own.push_back(security::certificate_ref(hash));
  };
  add(kit.node_certificate_der);
  for (const auto& user : kit.home_users) add(user.certificate_der);
  if (all_in_roster && own.size() <= wire::NodeRecord::certificates_max) certificates_ = own;
}

void Introductions::state(wire::NodeRecord& record) const {
  for (const auto& ref : certificates_) record.certificates.push_back(to_bytes(ref.view()));
  for (const auto& node : wants_) record.wants.push_back(node);
}

bool Introductions::heard(TimePoint now, const NodeId& writer, const wire::NodeRecord& record) {
  std::vector<security::CertificateRef> named;
  for (const auto& octets : record.certificates) {
    if (const auto ref = security::CertificateRef::from(octets)) named.push_back(*ref);
  }
  if (named.empty()) {
    unknown_.erase(writer);
  } else if (unknown_.size() < limits_.unknown_max || unknown_.contains(writer)) {
    unknown_[writer] = {now, std::move(named)};
    if (!is_unknown(writer)) unknown_.erase(writer);
  }
  const bool us = std::find(record.wants.begin(), record.wants.end(), self_) != record.wants.end();
  return us && !certificates_.empty() && !std::exchange(wanted_, true);
}

void Introductions::unknown(TimePoint now, const NodeId& writer) {
  if (unknown_.size() < limits_.unknown_max) unknown_.try_emplace(writer, Unknown{now, {}});
}

bool Introductions::is_unknown(const NodeId& writer) const {
  const auto known = trust_.known(writer);
  if (!known) return true;
  const auto& named = unknown_.at(writer).named;
  return std::any_of(named.begin(), named.end(), [&](const security::CertificateRef& ref) {
    return security::certificate_ref(known->certificate) != ref && !trust_.user(ref);
  });
}

bool Introductions::advance(TimePoint now) {
  bool more = false;
  for (auto each = unknown_.begin(); each != unknown_.end();) {
    if (each->second.since + limits_.patience > now) {
      ++each;
      continue;
    }
    const NodeId writer = each->first;
    const bool asked = std::find(wants_.begin(), wants_.end(), writer) != wants_.end();
    if (!asked && is_unknown(writer)) {
      if (wants_.size() >= wire::NodeRecord::wants_max) wants_.erase(wants_.begin());
      wants_.push_back(writer);
      more = true;
    }
    each = unknown_.erase(each);
  }
  return more;
}

std::optional<TimePoint> Introductions::deadline() const {
  std::optional<TimePoint> due;
  for (const auto& [writer, unknown] : unknown_)
    due = earlier(due, unknown.since + limits_.patience);
  return due;
}

}  // namespace muster::node
