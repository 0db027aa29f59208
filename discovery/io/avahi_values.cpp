// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/avahi_values.hpp"

#include <algorithm>
#include <cstring>

namespace muster::discovery {
namespace {

/// Entries of a TXT record that are looked at; ours has two.
constexpr std::size_t txt_entries_max = 16;

}  // namespace

StringList to_string_list(const std::vector<std::string>& texts) {
  AvahiStringList* list = nullptr;
  // A list grows at its head.
  for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
    list = avahi_string_list_add(list, text->c_str());
  }
  return StringList{list};
}

AvahiAddress to_avahi(const IpAddress& address) {
  AvahiAddress out{};
  out.proto = address.v6 ? AVAHI_PROTO_INET6 : AVAHI_PROTO_INET;
  std::memcpy(&out.data, address.octets.data(), address.v6 ? 16 : 4);
  return out;
}

AvahiProtocol protocol_of(const ServiceKey& service) {
  return service.v6 ? AVAHI_PROTO_INET6 : AVAHI_PROTO_INET;
}

std::optional<ServiceKey> key_of(const std::vector<PublishedService>& services,
                                 AvahiIfIndex interface, AvahiProtocol protocol,
                                 const char* instance) {
  const auto on = std::find_if(services.begin(), services.end(), [&](const auto& service) {
    return service.interface_index == interface;
  });
  if (on == services.end() || instance == nullptr) return std::nullopt;
  return ServiceKey{on->link, protocol == AVAHI_PROTO_INET6, instance};
}

ServiceTable::Resolved to_resolved(const AvahiAddress& address, std::uint16_t port,
                                   AvahiStringList* txt) {
  ServiceTable::Resolved resolved;
  resolved.at.port = port;
  resolved.at.address.v6 = address.proto == AVAHI_PROTO_INET6;
  std::memcpy(resolved.at.address.octets.data(), &address.data, resolved.at.address.v6 ? 16 : 4);
  for (; txt != nullptr && resolved.txt.size() < txt_entries_max;
       txt = avahi_string_list_get_next(txt)) {
    const auto* octets = avahi_string_list_get_text(txt);
    resolved.txt.emplace_back(octets, octets + avahi_string_list_get_size(txt));
  }
  return resolved;
}

AvahiIfIndex interface_of(const std::vector<PublishedService>& services, LinkId link) {
  const auto on = std::find_if(services.begin(), services.end(),
                               [&](const auto& service) { return service.link == link; });
  return on == services.end() ? AVAHI_IF_UNSPEC : on->interface_index;
}

}  // namespace muster::discovery
