// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/base/result.hpp"
#include "core/io/asio.hpp"
#include "discovery/io/mdns_responder.hpp"

namespace muster::discovery {

/// mDNS by the system's avahi-daemon, spoken to over D-Bus. Calls to it wait for its answers: keep
/// it on a thread that may wait. Fails where the daemon does not run; one that ends later is the
/// event `failed`.
[[nodiscard]] Result<std::unique_ptr<MdnsResponder>> open_avahi_daemon(
    asio::io_context& io, std::vector<PublishedService> services, MdnsResponder::Events events);

}  // namespace muster::discovery
