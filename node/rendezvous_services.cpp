// SPDX-License-Identifier: Apache-2.0
// What nodes offer to all others: gateways, relays, sources of time.
#include <algorithm>

#include "core/wire/service_record.hpp"
#include "node/rendezvous.hpp"

namespace muster::node {
namespace {

using overlay::Kind;

/// How long is remembered that a silent node offers something. Whether it can be reached is seen at
/// once; but after a day apart its people may have thought better of it.
constexpr std::chrono::hours service_lifetime{24};

}  // namespace

void Rendezvous::offer(TimePoint now, const std::vector<std::string>& services,
                       const std::string& note) {
  std::vector<std::string> withdrawn;
  for (const auto& held : directory_.all(Kind::service)) {
    const bool on = std::find(services.begin(), services.end(), held.resource) != services.end();
    if (held.own && !on) withdrawn.emplace_back(held.resource);
  }
  for (const auto& service : withdrawn) directory_.remove(now, Kind::service, service);
  for (const auto& service : services) {
    directory_.put(now, Kind::service, service, wire::encode(wire::ServiceRecord{note}),
                   service_lifetime);
  }
  settle(now);
}

std::vector<Rendezvous::Offer> Rendezvous::offers(std::string_view service) const {
  std::vector<Offer> all;
  const auto records =
      service.empty() ? directory_.all(Kind::service) : directory_.find(Kind::service, service);
  for (const auto& held : records) {
    const auto record = wire::parse_service_record(held.value);
    if (!record) continue;
    all.push_back({std::string{held.resource}, held.writer, record->note, held.born, held.stale});
  }
  return all;
}

std::uint64_t Rendezvous::look_up_service(TimePoint now, const std::string& service) {
  const auto number = directory_.look_up(now, Kind::service, {Kind::service}, service);
  looking_up_[number] = service;
  settle(now);
  return number;
}

bool Rendezvous::heard_of(const NodeId& node) const {
  const auto records = directory_.find(Kind::node, node.hex());
  return std::any_of(records.begin(), records.end(),
                     [](const overlay::RecordView& record) { return !record.stale; });
}

}  // namespace muster::node
