// SPDX-License-Identifier: Apache-2.0
#include "discovery/service_table.hpp"

#include <algorithm>
#include <utility>

namespace muster::discovery {
namespace {

constexpr std::size_t instance_digits = 16;

bool is_instance_name(std::string_view name) {
  return name.size() == instance_digits && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool has(const std::vector<std::string>& txt, const std::string& entry) {
  return std::find(txt.begin(), txt.end(), entry) != txt.end();
}

}  // namespace

std::string instance_name(BytesView random) { return to_hex(random.first(instance_digits / 2)); }

ServiceTable::ServiceTable(TagOf tag_of, Limits limits)
    : tag_of_(std::move(tag_of)), limits_(limits) {}

std::vector<std::string> ServiceTable::txt_of(std::string_view instance) const {
  return {std::string{service_version_entry}, std::string{service_tag_key} + tag_of_(instance)};
}

void ServiceTable::set_own(TimePoint now, std::vector<OwnService> own) {
  own_ = std::move(own);
  while (!services_.empty()) gone(now, ServiceKey{services_.begin()->first});
}

const OwnService* ServiceTable::own_on(LinkId link) const {
  const auto found = std::find_if(own_.begin(), own_.end(),
                                  [&](const OwnService& own) { return own.link == link; });
  return found == own_.end() ? nullptr : &*found;
}

void ServiceTable::appeared(TimePoint now, const ServiceKey& key) {
  if (own_on(key.link) == nullptr) {
    ++counters_.off_link;
    return;
  }
  if (!is_instance_name(key.instance)) {
    ++counters_.malformed;
    return;
  }
  if (services_.contains(key)) return;
  if (services_.size() >= limits_.services_max) {
    ++counters_.table_full;
    return;
  }
  services_[key].resolve_at = now;
  advance(now);
}

void ServiceTable::gone(TimePoint, const ServiceKey& key) {
  const auto found = services_.find(key);
  if (found == services_.end()) return;
  move_to(found->second, std::nullopt);
  services_.erase(found);
}

void ServiceTable::resolved(TimePoint, const ServiceKey& key, const Resolved& answer) {
  const auto found = services_.find(key);
  const OwnService* const own = own_on(key.link);
  if (found == services_.end() || own == nullptr) return;
  if (own->instance == key.instance) {
    own_resolved(*own, answer.at);
  } else if (!of_this_overlay(key.instance, answer.txt)) {
    ++counters_.foreign;
    move_to(found->second, std::nullopt);
  } else if (answer.at.port == 0 || !may_be_neighbour(own->networks, answer.at.address)) {
    ++counters_.off_link;
    move_to(found->second, std::nullopt);
  } else {
    IpEndpoint at = answer.at;
    at.address.scope = 0;  // as the link itself names its neighbours
    move_to(found->second, LinkPath{key.link, LinkAddress::from_ip(at)});
  }
}

bool ServiceTable::of_this_overlay(std::string_view instance,
                                   const std::vector<std::string>& txt) const {
  const auto expected = txt_of(instance);
  return std::all_of(expected.begin(), expected.end(),
                     [&](const std::string& entry) { return has(txt, entry); });
}

void ServiceTable::own_resolved(const OwnService& own, const IpEndpoint& at) {
  const bool ours = std::any_of(own.networks.begin(), own.networks.end(), [&](const auto& network) {
    return network.own.v6 == at.address.v6 && network.own.octets == at.address.octets;
  });
  if (!ours) outputs_.push_back(Misplaced{own.link});
}

/// Says where the service is now. One that has not moved is told again: it may have been given up
/// meanwhile. Two services may show one address (a node that has just taken a new name).
void ServiceTable::move_to(Service& service, std::optional<LinkPath> path) {
  const auto before = std::exchange(service.path, path);
  if (before && before != path) {
    const bool still_shown =
        std::any_of(services_.begin(), services_.end(),
                    [&](const auto& entry) { return entry.second.path == before; });
    if (!still_shown) outputs_.push_back(Gone{*before});
  }
  if (path) outputs_.push_back(Found{*path});
}

void ServiceTable::advance(TimePoint now) {
  for (auto& [key, service] : services_) {
    if (service.resolve_at > now) continue;
    service.resolve_at = now + limits_.resolve_again_after;
    outputs_.push_back(Resolve{key});
  }
}

std::optional<ServiceTable::Output> ServiceTable::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> ServiceTable::deadline() const {
  std::optional<TimePoint> next;
  for (const auto& [key, service] : services_) next = earlier(next, service.resolve_at);
  return next;
}

}  // namespace muster::discovery
