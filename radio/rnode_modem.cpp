// SPDX-License-Identifier: Apache-2.0
#include "radio/rnode_modem.hpp"

#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace muster::radio {
namespace {

// Framing.h of the RNode firmware.
enum Command : std::uint8_t {
  data = 0x00,
  frequency = 0x01,
  bandwidth = 0x02,
  tx_power = 0x03,
  spreading_factor = 0x04,
  coding_rate = 0x05,
  radio_state = 0x06,
  detection = 0x08,
  airtime_short = 0x0b,
  airtime_long = 0x0c,
  ready = 0x0f,
  stat_rssi = 0x23,
  stat_snr = 0x24,
  error = 0x90,
};
constexpr std::uint8_t detect_request = 0x73;
constexpr std::uint8_t detect_answer = 0x46;
constexpr std::uint8_t state_on = 0x01;
constexpr int rssi_offset = 157;
constexpr double snr_steps_per_db = 4;
constexpr std::uint8_t error_init_radio = 0x01;
constexpr std::uint8_t error_tx_failed = 0x02;
constexpr std::uint8_t error_queue_full = 0x04;

/// What must be confirmed, in the order in which it is told; the radio is switched on last.
constexpr std::array<std::uint8_t, 6> told{frequency,        bandwidth,   tx_power,
                                           spreading_factor, coding_rate, radio_state};
constexpr unsigned all_told = (1U << told.size()) - 1;

std::string_view name_of(std::uint8_t command) {
  switch (command) {
    case frequency:
      return "frequency";
    case bandwidth:
      return "bandwidth";
    case tx_power:
      return "power";
    case spreading_factor:
      return "spreading_factor";
    case coding_rate:
      return "coding_rate";
    default:
      return "state of the radio";
  }
}

Bytes hundredths_of_percent(double share) {
  return ByteWriter{}.u16(static_cast<std::uint16_t>(std::lround(share * 10000))).take();
}

}  // namespace

void RnodeModem::opened(TimePoint now) {
  decoder_ = KissDecoder{};
  outputs_.clear();
  waiting_.clear();
  confirmed_ = 0;
  busy_ = false;
  busy_until_.reset();
  rssi_dbm_.reset();
  state_ = State::detecting;
  detect();
  due_ = now + limits_.answer_patience;
}

void RnodeModem::write(std::uint8_t command, BytesView content) {
  outputs_.emplace_back(Write{encode_kiss(command, content)});
}

void RnodeModem::detect() {
  alive_ = false;
  write(detection, BytesView{&detect_request, 1});
}

std::optional<Bytes> RnodeModem::wanted(std::uint8_t command) const {
  const auto& p = config_.parameters;
  switch (command) {
    case frequency:
      return ByteWriter{}.u32(p.frequency_hz).take();
    case bandwidth:
      return ByteWriter{}.u32(p.lora.bandwidth_hz).take();
    case tx_power:
      return ByteWriter{}.u8(static_cast<std::uint8_t>(p.power_dbm)).take();
    case spreading_factor:
      return ByteWriter{}.u8(static_cast<std::uint8_t>(p.lora.spreading_factor)).take();
    case coding_rate:
      return ByteWriter{}.u8(static_cast<std::uint8_t>(p.lora.coding_rate)).take();
    case radio_state:
      return ByteWriter{}.u8(state_on).take();
    default:
      return std::nullopt;
  }
}

void RnodeModem::configure(TimePoint now) {
  state_ = State::configuring;
  due_ = now + limits_.answer_patience;
  const auto& p = config_.parameters;
  // Not confirmed by every version of the firmware.
  if (p.airtime_short) write(airtime_short, hundredths_of_percent(*p.airtime_short));
  if (p.airtime_long) write(airtime_long, hundredths_of_percent(*p.airtime_long));
  for (const std::uint8_t command : told) write(command, *wanted(command));
}

void RnodeModem::receive(TimePoint now, BytesView octets) {
  while (auto frame = decoder_.take(octets)) {
    if (state_ != State::closed && state_ != State::failed) hear(now, *frame);
  }
}

void RnodeModem::hear(TimePoint now, const KissFrame& frame) {
  alive_ = true;
  switch (frame.type) {
    case data:
      hear_data(frame.content);
      break;
    case detection:
      if (state_ == State::detecting && frame.content == Bytes{detect_answer}) configure(now);
      break;
    case ready:
      if (frame.content == Bytes{0}) break;  // not yet
      busy_ = false;
      busy_until_.reset();
      send_next(now);
      break;
    case stat_rssi:
      if (frame.content.size() == 1) rssi_dbm_ = frame.content[0] - rssi_offset;
      break;
    case stat_snr:
      if (frame.content.size() == 1) {
        snr_db_ = static_cast<std::int8_t>(frame.content[0]) / snr_steps_per_db;
      }
      break;
    case error:
      hear_error(frame.content);
      break;
    default:
      confirm(now, frame);
      break;
  }
}

/// A device that has restarted, or that somebody else configures, is set up anew.
void RnodeModem::confirm(TimePoint now, const KissFrame& frame) {
  const auto want = wanted(frame.type);
  if (!want) return;  // statistics that nobody asked for
  if (frame.content != *want) {
    // While it is being set up it may still report what was before.
    if (state_ == State::on) fail(fmt::format("its {} was changed", name_of(frame.type)));
    return;
  }
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (told[i] == frame.type) confirmed_ |= 1U << i;
  }
  if (state_ == State::configuring && confirmed_ == all_told) {
    state_ = State::on;
    due_ = now + limits_.detect_interval;
    outputs_.emplace_back(Ready{});
  }
}

void RnodeModem::hear_data(BytesView content) {
  const auto rssi = std::exchange(rssi_dbm_, std::nullopt);
  const auto header = ShortHeader::take(content);
  if (!header) {
    ++counters_.foreign;
  } else if (header->to != config_.station.number && header->to != ShortStation::everybody) {
    ++counters_.foreign;
    outputs_.emplace_back(Overheard{content.size()});
  } else {
    const auto signal = rssi ? std::optional{Signal{*rssi, snr_db_}} : std::nullopt;
    outputs_.emplace_back(Received{header->from.address(), to_bytes(content), signal});
  }
}

void RnodeModem::hear_error(BytesView content) {
  const std::uint8_t code = content.empty() ? 0 : content[0];
  if (code == error_init_radio) {
    fail("the radio could not be started with these values; does it support them?");
  } else if (code == error_tx_failed || code == error_queue_full) {
    ++counters_.refused;
  } else {
    ++counters_.malformed;
  }
}

void RnodeModem::fail(std::string why) {
  state_ = State::failed;
  due_.reset();
  busy_until_.reset();
  waiting_.clear();
  outputs_.emplace_back(Failed{std::move(why)});
}

void RnodeModem::send(TimePoint now, const std::optional<LinkAddress>& to, BytesView datagram) {
  const auto station = to ? ShortStation::from(*to) : ShortStation{ShortStation::everybody};
  if (!station || state_ != State::on || datagram.empty() ||
      datagram.size() + ShortHeader::bytes > frame_bytes_max) {
    ++counters_.refused;
    return;
  }
  if (waiting_.size() >= limits_.waiting_frames_max) {
    ++counters_.dropped;
    return;
  }
  waiting_.push_back(ShortHeader{station->number, config_.station}.put_before(datagram));
  send_next(now);
}

void RnodeModem::send_next(TimePoint now) {
  while (!busy_ && !waiting_.empty() && state_ == State::on) {
    write(data, waiting_.front());
    waiting_.pop_front();
    if (!config_.parameters.flow_control) continue;
    busy_ = true;
    busy_until_ = now + limits_.ready_patience;
  }
}

void RnodeModem::advance(TimePoint now) {
  if (busy_until_ && now >= *busy_until_) {
    busy_ = false;
    busy_until_.reset();
    send_next(now);
  }
  if (!due_ || now < *due_) return;
  switch (state_) {
    case State::detecting:
      fail("no RNode answers there");
      return;
    case State::configuring:
      for (std::size_t i = 0; i < told.size(); ++i) {
        if ((confirmed_ & 1U << i) != 0) continue;
        fail(fmt::format("the RNode did not take its {}; does it support that value?",
                         name_of(told[i])));
        return;
      }
      return;
    case State::on:
      if (!alive_) {
        fail("the RNode does not answer any more");
        return;
      }
      detect();
      due_ = now + limits_.detect_interval;
      return;
    case State::closed:
    case State::failed:
      due_.reset();
      return;
  }
}

std::optional<Modem::Output> RnodeModem::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

Modem::Counters RnodeModem::counters() const {
  Counters all = counters_;
  const auto& stream = decoder_.counters();
  all.malformed += stream.bad_escapes + stream.oversize + stream.noise_bytes;
  return all;
}

}  // namespace muster::radio
