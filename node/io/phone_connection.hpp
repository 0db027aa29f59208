// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/ip_endpoint.hpp"
#include "core/io/asio.hpp"
#include "sip/stream_framer.hpp"

namespace muster::node {

/// One TCP connection with a phone: whole SIP messages in and out, line ends answered (RFC 5626
/// section 3.5.1).
class PhoneConnection : public std::enable_shared_from_this<PhoneConnection> {
 public:
  struct Limits {
    std::size_t queued_bytes_max = 1024 * 1024;  ///< not yet taken by a phone that reads slowly
    std::chrono::seconds connect_within{4};
    std::chrono::seconds first_message_within{30};
    std::chrono::seconds message_within{30};  ///< from its first octet to its last
    /// Without any octet. Longer than any registration: a phone must register again before.
    std::chrono::seconds idle_max{7200};
    std::chrono::seconds unacknowledged_max{15};  ///< what we sent; then the phone is gone
  };
  enum class End { by_phone, bad_stream, too_slow, idle, overfull, not_connected };
  struct Handlers {
    std::function<void(const IpEndpoint& from, BytesView message)> received;
    /// Once, and never from within send() or begin().
    std::function<void(const IpEndpoint& phone, End why)> ended;
  };

  /// `handlers` outlives the connection.
  PhoneConnection(asio::ip::tcp::socket socket, const IpEndpoint& phone, const Limits& limits,
                  const Handlers& handlers);

  /// The phone has connected.
  void begin();
  /// We connect to the phone.
  void connect();
  void send(BytesView message);
  /// Without telling anybody.
  void close();
  [[nodiscard]] const IpEndpoint& phone() const { return phone_; }

 private:
  void tune();
  void read();
  void take(BytesView octets);
  void write();
  void end(End why);
  void watch();
  void set_due(std::chrono::seconds within);

  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  IpEndpoint phone_;
  const Limits& limits_;
  const Handlers& handlers_;
  sip::StreamFramer framer_;
  std::array<std::uint8_t, 16384> buffer_{};
  std::deque<Bytes> queue_;
  std::size_t queued_bytes_ = 0;
  bool connected_ = false;
  bool spoke_ = false;  ///< a whole message has come
  bool mid_message_ = false;
  std::chrono::steady_clock::time_point due_;
  bool ended_ = false;
};

}  // namespace muster::node
