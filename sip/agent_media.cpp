// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_media.hpp"

#include <algorithm>

#include "sip/rtp_packet.hpp"

namespace muster::sip {

AgentMedia::AgentMedia(TimePoint now, AgentAudio audio, IpAddress signalling, Start start,
                       Limits limits)
    : audio_(audio),
      signalling_(signalling),
      at_(start),
      limits_(limits),
      playout_(limits.playout),
      next_frame_(now) {}

void AgentMedia::say(std::span<const std::int16_t> samples) {
  const std::size_t room = limits_.samples_waiting_max - waiting_.size();
  const auto taken = samples.first(std::min(room, samples.size()));
  waiting_.insert(waiting_.end(), taken.begin(), taken.end());
}

void AgentMedia::receive(const IpEndpoint& from, BytesView datagram) {
  // By address only: behind a NAT the port is not the one of the session description.
  if (from.address != audio_.to.address && from.address != signalling_) {
    ++counters_.foreign;
    return;
  }
  const auto packet = RtpPacket::parse(datagram);
  if (!packet || packet->payload.size() > limits_.payload_bytes_max) {
    ++counters_.malformed;
    return;
  }
  const auto law = static_cast<G711>(packet->payload_type);
  if (law != G711::pcmu && law != G711::pcma) {
    ++counters_.unknown;
    return;
  }
  playout_.receive(packet->source, packet->timestamp, g711_decode(law, packet->payload));
}

void AgentMedia::advance(TimePoint now) {
  const Duration behind_max = limits_.frames_behind_max * audio_frame_duration;
  if (now > next_frame_ + behind_max) {
    const auto lost = (now - next_frame_) / audio_frame_duration;
    next_frame_ += lost * audio_frame_duration;
    at_.timestamp += static_cast<std::uint32_t>(lost) * audio_frame_samples;
    first_ = true;
  }
  while (next_frame_ <= now) {
    outputs_.emplace_back(Heard{playout_.take()});
    send_frame();
    next_frame_ += audio_frame_duration;
  }
}

void AgentMedia::send_frame() {
  AudioFrame frame{};
  const std::size_t size = std::min(frame.size(), waiting_.size());
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
  std::copy(waiting_.begin(), end, frame.begin());
  waiting_.erase(waiting_.begin(), end);
  if (audio_.sends) {
    const Bytes payload = g711_encode(audio_.law, frame);
    RtpPacket packet;
    packet.marker = first_;
    packet.payload_type = static_cast<std::uint8_t>(audio_.law);
    packet.sequence = at_.sequence++;
    packet.timestamp = at_.timestamp;
    packet.source = at_.source;
    packet.payload = payload;
    outputs_.emplace_back(Packet{audio_.to, packet.serialise()});
    ++counters_.sent;
  }
  first_ = !audio_.sends;
  at_.timestamp += audio_frame_samples;
  if (size > 0 && waiting_.empty()) outputs_.emplace_back(Said{});
}

std::optional<AgentMedia::Output> AgentMedia::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

}  // namespace muster::sip
