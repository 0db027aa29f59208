// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ip_endpoint.hpp"
#include "core/base/time.hpp"
#include "sip/agent_playout.hpp"
#include "sip/agent_sdp.hpp"
#include "sip/audio_codec.hpp"

namespace muster::sip {

/// The one audio stream of a call: Opus or G.711 over RTP (RFC 3550, RFC 3551, RFC 7587), 20 ms a
/// packet, paced by deadlines. A pure machine; RTCP is neither sent nor read.
class AgentMedia {
 public:
  struct Limits {
    std::size_t samples_waiting_max = 600 * audio_samples_per_second;  ///< ten minutes, 58 MB
    std::size_t payload_bytes_max = 1440;                              ///< 180 ms of G.711
    unsigned frames_behind_max = 10;  ///< a longer pause is not made up for
    AgentPlayout::Limits playout;
  };
  /// Random, as RFC 3550 section 5.1 asks.
  struct Start {
    std::uint32_t source = 0;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
  };
  struct Counters {
    std::uint64_t sent = 0;
    std::uint64_t foreign = 0;    ///< from an address that is not the other side's
    std::uint64_t malformed = 0;  ///< no RTP, or too long
    std::uint64_t unknown = 0;    ///< no codec of ours: comfort noise, telephone events
  };
  struct Packet {
    IpEndpoint to;
    Bytes bytes;
  };
  /// What the other side said, 20 ms after 20 ms from the beginning.
  struct Heard {
    AudioFrame frame;
  };
  /// All that was to be said has been sent.
  struct Said {};
  using Output = std::variant<Packet, Heard, Said>;

  /// `signalling` is where the other side's SIP comes from. Audio is taken from there too: a phone
  /// with several addresses may name another in its session description than it sends from.
  AgentMedia(TimePoint now, AgentAudio audio, IpAddress signalling, Start start, Limits limits);

  /// Offer and answer have come to something else.
  void change(AgentAudio audio);
  /// Samples at 48 kHz to be said after those still waiting; what is over the limit is left out.
  void say(std::span<const std::int16_t> samples);
  void receive(const IpEndpoint& from, BytesView datagram);
  void advance(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const { return next_frame_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const AgentPlayout::Counters& playout() const { return playout_.counters(); }

 private:
  void send_frame();
  [[nodiscard]] std::uint32_t frame_ticks() const;

  AgentAudio audio_;
  IpAddress signalling_;
  Start at_;
  Limits limits_;
  std::unique_ptr<AudioEncoder> encoder_;
  AgentPlayout playout_;
  Counters counters_;
  std::deque<std::int16_t> waiting_;
  bool first_ = true;
  TimePoint next_frame_;
  std::deque<Output> outputs_;
};

}  // namespace muster::sip
