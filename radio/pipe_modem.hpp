// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "radio/modem.hpp"
#include "radio/pipe_frame.hpp"
#include "radio/short_header.hpp"

namespace muster::radio {

/// A radio that shows itself as a serial line and carries octets to all who listen, maybe damaged
/// (SiK-class telemetry radios, a null-modem cable).
class PipeModem final : public Modem {
 public:
  explicit PipeModem(ShortStation station) : station_(station) {}

  void opened(TimePoint now) override;
  void receive(TimePoint now, BytesView octets) override;
  void send(TimePoint now, const std::optional<LinkAddress>& to, BytesView datagram) override;
  void advance(TimePoint) override {}
  [[nodiscard]] std::optional<Output> poll() override;
  [[nodiscard]] std::optional<TimePoint> deadline() const override { return std::nullopt; }
  [[nodiscard]] Counters counters() const override;

 private:
  ShortStation station_;
  PipeDecoder decoder_;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::radio
