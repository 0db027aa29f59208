// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "radio/modem.hpp"

namespace muster::radio {

/// One end of a tunnel over a reliable stream (TCP): datagrams with two octets of length before
/// each, between exactly two stations. A greeting tells Muster from what else may answer there.
class TunnelModem final : public Modem {
 public:
  struct Limits {
    std::size_t datagram_bytes_max = 2048;
    Duration greeting_patience = std::chrono::seconds{10};
  };
  /// The other end, whoever it is.
  explicit TunnelModem(LinkAddress peer) : TunnelModem(std::move(peer), Limits{}) {}
  TunnelModem(LinkAddress peer, Limits limits) : peer_(std::move(peer)), limits_(limits) {}

  void opened(TimePoint now) override;
  void receive(TimePoint now, BytesView octets) override;
  void send(TimePoint now, const std::optional<LinkAddress>& to, BytesView datagram) override;
  void advance(TimePoint now) override;
  [[nodiscard]] std::optional<Output> poll() override;
  [[nodiscard]] std::optional<TimePoint> deadline() const override { return greeting_until_; }
  [[nodiscard]] Counters counters() const override { return counters_; }

 private:
  enum class State : std::uint8_t { greeting, open, failed };
  void fail(std::string why);
  [[nodiscard]] bool take_greeting();

  LinkAddress peer_;
  Limits limits_;
  State state_ = State::greeting;
  std::optional<TimePoint> greeting_until_;
  Bytes unread_;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::radio
