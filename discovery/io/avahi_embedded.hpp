// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/base/result.hpp"
#include "core/io/asio.hpp"
#include "discovery/io/mdns_responder.hpp"

namespace muster::discovery {

/// mDNS by an Avahi of our own, on our interfaces only. `host` is its name there, to be random: it
/// says nothing about the machine. Nothing is reflected; what has crossed a router is not heard.
[[nodiscard]] Result<std::unique_ptr<MdnsResponder>> open_embedded_avahi(
    asio::io_context& io, std::vector<PublishedService> services, const std::string& host,
    MdnsResponder::Events events);

}  // namespace muster::discovery
