// SPDX-License-Identifier: Apache-2.0
#include "radio/kiss_modem.hpp"

#include <algorithm>

namespace muster::radio {
namespace {

constexpr std::chrono::milliseconds time_unit{10};  // KISS, section 4

std::uint8_t in_units(Duration time) {
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(time / time_unit, 0, 255));
}

const Ax25Station& everybody() {
  static const Ax25Station station = Ax25Station::parse("MUSTER").value();
  return station;
}

}  // namespace

void KissModem::opened(TimePoint) {
  decoder_ = KissDecoder{};
  outputs_.clear();
  const auto& p = config_.parameters;
  if (p.tx_delay) tell(KissCommand::tx_delay, in_units(*p.tx_delay));
  if (p.persistence) tell(KissCommand::persistence, static_cast<std::uint8_t>(*p.persistence));
  if (p.slot_time) tell(KissCommand::slot_time, in_units(*p.slot_time));
  if (p.tx_tail) tell(KissCommand::tx_tail, in_units(*p.tx_tail));
  if (p.full_duplex) tell(KissCommand::full_duplex, *p.full_duplex ? 1 : 0);
  outputs_.emplace_back(Ready{});
}

void KissModem::tell(KissCommand command, std::uint8_t value) {
  outputs_.emplace_back(Write{encode_kiss(kiss_type(config_.port, command), BytesView{&value, 1})});
}

void KissModem::receive(TimePoint, BytesView octets) {
  while (auto frame = decoder_.take(octets)) hear(*frame);
}

void KissModem::hear(const KissFrame& frame) {
  if (frame.type != kiss_type(config_.port, KissCommand::data)) {
    ++counters_.foreign;
    return;
  }
  const auto heard = Ax25Frame::parse(frame.content);
  if (!heard || heard->information.empty() ||
      (heard->to != config_.station && heard->to != everybody())) {
    ++counters_.foreign;
    outputs_.emplace_back(Overheard{heard ? heard->information.size() : frame.content.size()});
    return;
  }
  const auto& from = heard->from.octets();
  outputs_.emplace_back(
      Received{{Bytes(from.begin(), from.end())}, to_bytes(heard->information), std::nullopt});
}

void KissModem::send(TimePoint, const std::optional<LinkAddress>& to, BytesView datagram) {
  const auto station = to ? Ax25Station::from_octets(to->octets) : everybody();
  if (!station || datagram.empty()) {
    ++counters_.refused;
    return;
  }
  const Ax25Frame frame{*station, config_.station, datagram};
  outputs_.emplace_back(
      Write{encode_kiss(kiss_type(config_.port, KissCommand::data), frame.encode())});
}

std::optional<Modem::Output> KissModem::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

Modem::Counters KissModem::counters() const {
  Counters all = counters_;
  const auto& stream = decoder_.counters();
  all.malformed += stream.bad_escapes + stream.oversize + stream.noise_bytes;
  return all;
}

}  // namespace muster::radio
