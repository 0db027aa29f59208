// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "radio/kiss.hpp"
#include "radio/link_profile.hpp"
#include "radio/modem.hpp"
#include "radio/short_header.hpp"

namespace muster::radio {

struct RnodeParameters {
  std::uint32_t frequency_hz = 0;  ///< 137 to 1020 MHz, or 2.4 GHz
  LoraParameters lora;
  unsigned power_dbm = 7;     ///< 0..22
  bool flow_control = false;  ///< one frame at a time, until the device says that it is ready
  /// Kept by the device as well: shares of 15 s and of an hour.
  std::optional<double> airtime_short{};
  std::optional<double> airtime_long{};
};

/// A LoRa modem with the RNode firmware (or another that speaks its language): KISS frames with
/// commands of its own, which the device repeats as it took them.
class RnodeModem final : public Modem {
 public:
  struct Limits {
    Duration answer_patience = std::chrono::seconds{3};   ///< for all answers of one step
    Duration ready_patience = std::chrono::seconds{20};   ///< then a lost "ready" is forgotten
    Duration detect_interval = std::chrono::seconds{30};  ///< is it still there?
    std::size_t waiting_frames_max = 8;
  };
  struct Config {
    ShortStation station;
    RnodeParameters parameters;
  };
  /// Largest frame of the firmware; those above 255 octets travel as two.
  static constexpr std::size_t frame_bytes_max = 508;

  explicit RnodeModem(const Config& config) : RnodeModem(config, Limits{}) {}
  RnodeModem(const Config& config, Limits limits) : config_(config), limits_(limits) {}

  void opened(TimePoint now) override;
  void receive(TimePoint now, BytesView octets) override;
  void send(TimePoint now, const std::optional<LinkAddress>& to, BytesView datagram) override;
  void advance(TimePoint now) override;
  [[nodiscard]] std::optional<Output> poll() override;
  [[nodiscard]] std::optional<TimePoint> deadline() const override {
    return earlier(due_, busy_until_);
  }
  [[nodiscard]] Counters counters() const override;

 private:
  enum class State : std::uint8_t { closed, detecting, configuring, on, failed };

  void detect();
  void configure(TimePoint now);
  void hear(TimePoint now, const KissFrame& frame);
  void hear_data(BytesView content);
  void confirm(TimePoint now, const KissFrame& frame);
  void hear_error(BytesView content);
  void send_next(TimePoint now);
  void fail(std::string why);
  void write(std::uint8_t command, BytesView content);
  [[nodiscard]] std::optional<Bytes> wanted(std::uint8_t command) const;

  Config config_;
  Limits limits_;
  State state_ = State::closed;
  unsigned confirmed_ = 0;  ///< bit of each parameter
  bool alive_ = false;      ///< heard since the last question
  bool busy_ = false;       ///< a frame was given, no "ready" was heard yet
  std::optional<TimePoint> due_;
  std::optional<TimePoint> busy_until_;
  std::optional<int> rssi_dbm_;
  double snr_db_ = 0;
  KissDecoder decoder_;
  std::deque<Bytes> waiting_;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::radio
