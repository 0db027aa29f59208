// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include <avahi-common/address.h>
#include <avahi-common/strlst.h>

#include "discovery/io/mdns_responder.hpp"

namespace muster::discovery {

struct StringListFree {
  void operator()(AvahiStringList* list) const { avahi_string_list_free(list); }
};
using StringList = std::unique_ptr<AvahiStringList, StringListFree>;

/// Between Avahi's values and ours.
[[nodiscard]] StringList to_string_list(const std::vector<std::string>& texts);
[[nodiscard]] AvahiAddress to_avahi(const IpAddress& address);
[[nodiscard]] AvahiProtocol protocol_of(const ServiceKey& service);
[[nodiscard]] std::optional<ServiceKey> key_of(const std::vector<PublishedService>& services,
                                               AvahiIfIndex interface, AvahiProtocol protocol,
                                               const char* instance);
[[nodiscard]] ServiceTable::Resolved to_resolved(const AvahiAddress& address, std::uint16_t port,
                                                 AvahiStringList* txt);
/// The interface that a link is on.
[[nodiscard]] AvahiIfIndex interface_of(const std::vector<PublishedService>& services, LinkId link);

}  // namespace muster::discovery
