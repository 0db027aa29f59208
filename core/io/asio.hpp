// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one way by which Asio comes in: Boost 1.74's awaitable.hpp uses std::exchange in C++20 mode
// without including <utility> itself.
#include <utility>
//
#include <boost/asio/awaitable.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/deadline_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/serial_port.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace muster {
namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
}  // namespace muster
