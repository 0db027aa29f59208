// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/base/link_address.hpp"
#include "core/base/time.hpp"

namespace muster::radio {

/// What a modem says of a frame it heard.
struct Signal {
  int rssi_dbm = 0;
  double snr_db = 0;
};

/// Datagrams over a stream of octets: the language that a modem at a serial line or a TCP port
/// speaks.
///
/// A pure state machine. Octets that make no sense are counted and dropped.
class Modem {
 public:
  /// Octets for the stream.
  struct Write {
    Bytes octets;
  };
  struct Received {
    LinkAddress from;
    Bytes datagram;
    std::optional<Signal> signal;
  };
  /// Something for another station, or of another kind: the channel was in use for so much.
  struct Overheard {
    std::size_t datagram_bytes = 0;
  };
  /// The modem is there and set up: datagrams may be sent.
  struct Ready {};
  /// It is not what it should be: the stream is to be closed, and opened anew after a while.
  struct Failed {
    std::string why;
  };
  using Output = std::variant<Write, Received, Overheard, Ready, Failed>;

  struct Counters {
    std::uint64_t malformed = 0;  ///< octets or frames from the modem that make no sense
    std::uint64_t foreign = 0;    ///< whole frames of other protocols, ports or for other stations
    std::uint64_t dropped = 0;    ///< datagrams for which the modem had no room
    std::uint64_t refused = 0;    ///< which the modem says it could not send
  };

  virtual ~Modem() = default;

  /// The stream is open (again): whatever was under way is gone.
  virtual void opened(TimePoint now) = 0;
  virtual void receive(TimePoint now, BytesView octets) = 0;
  /// Nothing in `to`: to everybody.
  virtual void send(TimePoint now, const std::optional<LinkAddress>& to, BytesView datagram) = 0;
  virtual void advance(TimePoint now) = 0;
  [[nodiscard]] virtual std::optional<Output> poll() = 0;
  [[nodiscard]] virtual std::optional<TimePoint> deadline() const = 0;
  [[nodiscard]] virtual Counters counters() const = 0;
};

}  // namespace muster::radio
