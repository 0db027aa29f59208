// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "radio/ax25.hpp"
#include "radio/kiss.hpp"
#include "radio/modem.hpp"

namespace muster::radio {

/// What a terminal node controller is told about its channel; nothing: it keeps what it has.
struct KissParameters {
  std::optional<Duration> tx_delay{};     ///< 0 to 2.55 s, in steps of 10 ms
  std::optional<unsigned> persistence{};  ///< 0..255
  std::optional<Duration> slot_time{};    ///< 0 to 2.55 s
  std::optional<Duration> tx_tail{};      ///< 0 to 2.55 s
  std::optional<bool> full_duplex{};

  friend bool operator==(const KissParameters&, const KissParameters&) = default;
};

/// A terminal node controller (a TNC, or a program such as direwolf): datagrams travel in AX.25 UI
/// frames. A neighbour's address is its station; what is for everybody goes to "MUSTER".
class KissModem final : public Modem {
 public:
  struct Config {
    Ax25Station station;
    unsigned port = 0;  ///< of a controller with several radios, 0..15
    KissParameters parameters;
  };

  explicit KissModem(Config config) : config_(std::move(config)) {}

  void opened(TimePoint now) override;
  void receive(TimePoint now, BytesView octets) override;
  void send(TimePoint now, const std::optional<LinkAddress>& to, BytesView datagram) override;
  void advance(TimePoint) override {}
  [[nodiscard]] std::optional<Output> poll() override;
  [[nodiscard]] std::optional<TimePoint> deadline() const override { return std::nullopt; }
  [[nodiscard]] Counters counters() const override;

 private:
  void tell(KissCommand command, std::uint8_t value);
  void hear(const KissFrame& frame);

  Config config_;
  KissDecoder decoder_;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::radio
