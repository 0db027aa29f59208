// SPDX-License-Identifier: Apache-2.0
#include "radio/pipe_modem.hpp"

namespace muster::radio {

void PipeModem::opened(TimePoint) {
  decoder_ = PipeDecoder{};
  outputs_.clear();
  outputs_.emplace_back(Ready{});
}

void PipeModem::receive(TimePoint, BytesView octets) {
  while (const auto content = decoder_.take(octets)) {
    BytesView datagram = *content;
    const auto header = ShortHeader::take(datagram);
    if (!header) {
      ++counters_.malformed;
    } else if ((header->to != station_.number && header->to != ShortStation::everybody) ||
               header->from == station_) {
      ++counters_.foreign;
      if (header->from != station_) outputs_.emplace_back(Overheard{datagram.size()});
    } else {
      outputs_.emplace_back(Received{header->from.address(), to_bytes(datagram), std::nullopt});
    }
  }
}

void PipeModem::send(TimePoint, const std::optional<LinkAddress>& to, BytesView datagram) {
  const auto station = to ? ShortStation::from(*to) : ShortStation{ShortStation::everybody};
  if (!station || datagram.empty()) {
    ++counters_.refused;
    return;
  }
  outputs_.emplace_back(
      Write{encode_pipe_frame(ShortHeader{station->number, station_}.put_before(datagram))});
}

std::optional<Modem::Output> PipeModem::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

Modem::Counters PipeModem::counters() const {
  Counters all = counters_;
  const auto& stream = decoder_.counters();
  all.malformed += stream.bad_stuffing + stream.bad_check + stream.oversize;
  return all;
}

}  // namespace muster::radio
