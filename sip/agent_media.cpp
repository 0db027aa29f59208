// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_media.hpp"

#include <algorithm>

#include "sip/rtp_packet.hpp"

namespace muster::sip {

AgentMedia::AgentMedia(TimePoint now, AgentAudio audio, IpAddress signalling, Start start,
                       Limits limits)
    : audio_(std::move(audio)),
      signalling_(signalling),
      at_(start),
      limits_(limits),
      encoder_(make_encoder(audio_.speaks)),
      playout_(limits.playout),
      next_frame_(now) {}

void AgentMedia::change(AgentAudio audio) {
  if (audio.speaks != audio_.speaks) {
    encoder_ = make_encoder(audio.speaks);
    first_ = true;
  }
  audio_ = std::move(audio);
}

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
  const auto format = std::find_if(
      audio_.understands.begin(), audio_.understands.end(),
      [&](const AudioFormat& known) { return known.payload_type == packet->payload_type; });
  if (format == audio_.understands.end()) {
    ++counters_.unknown;
    return;
  }
  playout_.receive(packet->source, format->codec, packet->timestamp,
                   Bytes(packet->payload.begin(), packet->payload.end()));
}

std::uint32_t AgentMedia::frame_ticks() const {
  return static_cast<std::uint32_t>(audio_frame_samples / samples_per_tick(audio_.speaks.codec));
}

void AgentMedia::advance(TimePoint now) {
  const Duration behind_max = limits_.frames_behind_max * audio_frame_duration;
  if (now > next_frame_ + behind_max) {
    const auto lost = (now - next_frame_) / audio_frame_duration;
    next_frame_ += lost * audio_frame_duration;
    at_.timestamp += static_cast<std::uint32_t>(lost) * frame_ticks();
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
    const Bytes payload = encoder_->encode(frame);
    RtpPacket packet;
    packet.marker = first_;
    packet.payload_type = audio_.speaks.payload_type;
    packet.sequence = at_.sequence++;
    packet.timestamp = at_.timestamp;
    packet.source = at_.source;
    packet.payload = payload;
    outputs_.emplace_back(Packet{audio_.to, packet.serialise()});
    ++counters_.sent;
  }
  first_ = !audio_.sends;
  at_.timestamp += frame_ticks();
  if (size > 0 && waiting_.empty()) outputs_.emplace_back(Said{});
}

std::optional<AgentMedia::Output> AgentMedia::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

}  // namespace muster::sip
