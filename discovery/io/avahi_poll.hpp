// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <avahi-common/watch.h>

#include "core/io/asio.hpp"

namespace muster::discovery {

/// Avahi's event loop on an io_context run by one thread: Avahi has no locks.
///
/// `io` outlives all that is made with it. Avahi counts by the wall clock; its timers are turned
/// into spans when they are set, so that a clock that jumps does not stop them.
[[nodiscard]] AvahiPoll avahi_poll_on(asio::io_context& io);

}  // namespace muster::discovery
