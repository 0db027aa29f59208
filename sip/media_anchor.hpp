// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/ip_endpoint.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "sip/media_packet.hpp"
#include "sip/media_sockets.hpp"
#include "sip/sdp.hpp"

namespace muster::sip {

/// Stands between a phone and the far end of its calls: the phone sends its RTP to this node and
/// gets RTP from it, whatever the mesh does in between.
///
/// One session per call (MediaKey), with a leg for each of its phones that is at this node. A leg's
/// media goes to a node (`set_peer`) or to the other leg (`bridge`). Everything on the two ports of
/// a stream is relayed as it is, so that SRTP, DTLS and multiplexed RTCP pass. Sources that the
/// signalling does not vouch for, and packets for calls unknown, are counted and dropped.
class MediaAnchor {
 public:
  struct Limits {
    std::size_t sessions_max = 256;       ///< some 2 kB and two sockets per stream each
    std::size_t streams_max = 8;          ///< per leg; further ones are passed on unanchored
    std::size_t packet_bytes_max = 1500;  ///< of RTP or RTCP
    Duration playout_within = std::chrono::milliseconds{400};  ///< then a packet is not worth air
    Duration setup_max = std::chrono::minutes{5};  ///< without any media yet: it may ring
    Duration idle_max = std::chrono::seconds{60};  ///< without media after there was some
    Duration hold_max = std::chrono::hours{1};     ///< the same, while somebody holds the call
  };
  struct Counters {
    std::uint64_t to_nodes = 0;
    std::uint64_t to_phones = 0;
    std::uint64_t unknown_port = 0;    ///< no stream at that port
    std::uint64_t foreign_source = 0;  ///< not the phone, or not the peer of the call
    std::uint64_t no_destination = 0;  ///< nobody known yet who would receive it
    std::uint64_t malformed = 0;       ///< too large, too short, not ours
    std::uint64_t idle_ended = 0;
  };
  enum class Refusal {
    not_sdp,   ///< the body cannot be read
    no_ports,  ///< all media ports are in use
    too_many,  ///< `sessions_max`
  };

  struct ToNode {
    NodeId to;
    Bytes packet;
    TimePoint expires;
  };
  struct ToPhone {
    std::uint16_t local_port;  ///< the port it must come from
    IpEndpoint to;
    Bytes packet;
  };
  using Output = std::variant<ToNode, ToPhone>;

  explicit MediaAnchor(MediaSockets& sockets) : MediaAnchor(sockets, Limits{}) {}
  MediaAnchor(MediaSockets& sockets, Limits limits) : sockets_(sockets), limits_(limits) {}
  ~MediaAnchor();
  MediaAnchor(const MediaAnchor&) = delete;
  MediaAnchor& operator=(const MediaAnchor&) = delete;

  /// The session description `sdp` as the phone of `leg` must get it: its RTP streams come to
  /// `local`, this node's address as that phone sees it. The same leg keeps its ports.
  [[nodiscard]] Result<std::string, Refusal> anchor_towards_phone(TimePoint now,
                                                                  const MediaKey& key, Leg leg,
                                                                  const IpAddress& local,
                                                                  std::string_view sdp);
  /// Learns from what the phone of `leg` itself said where it receives. `signalled_from` is where
  /// that message came from: a phone that does not know its own address is heard from there.
  Result<void, Refusal> learn_from_phone(TimePoint now, const MediaKey& key, Leg leg,
                                         const IpAddress& signalled_from, std::string_view sdp);
  /// The media of `leg`, whose phone is here, goes to and comes from this node. The last word
  /// counts: of a forked call, the branch that spoke last.
  void set_peer(TimePoint now, const MediaKey& key, Leg leg, const NodeId& node);
  /// Both phones are here.
  void bridge(TimePoint now, const MediaKey& key);
  void end(const MediaKey& key);

  void receive_rtp(TimePoint now, std::uint16_t local_port, const IpEndpoint& from,
                   BytesView packet);
  void receive_from_node(TimePoint now, const NodeId& from, BytesView media_packet);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

 private:
  /// Where one of the two ports of a stream leads on the phone's side.
  struct Component {
    std::optional<IpEndpoint> signalled;
    std::optional<IpEndpoint> latched;  ///< the source of the phone behind an address translator
  };
  struct Stream {
    std::optional<std::uint16_t> local_port;
    std::array<Component, 2> components;  ///< RTP, RTCP
  };
  struct ToOtherLeg {};
  struct LegState {
    std::vector<Stream> streams;
    IpAddress signalled_from;
    bool on_this_machine = false;    ///< the phone is a program beside the node
    std::optional<IpAddress> local;  ///< where the phone was told to send
    std::variant<std::monostate, NodeId, ToOtherLeg> peer;
  };
  struct Session {
    std::array<LegState, 2> legs;
    bool had_media = false;
    bool on_hold = false;
    TimePoint ends;
  };
  struct Port {
    MediaKey key;
    Leg leg;
    std::uint8_t stream;
  };

  Session* open_session(TimePoint now, const MediaKey& key);
  LegState* find_leg(const MediaKey& key, Leg leg);
  Stream& stream_of(LegState& leg, std::size_t index);
  bool open_port(const MediaKey& key, Leg leg, std::size_t index, Stream& stream);
  void keep_alive(TimePoint now, Session& session) const;
  static bool vouched_for(const LegState& leg, Component& component, const IpEndpoint& from);
  void to_phone(TimePoint now, Session& session, Leg leg, std::size_t stream, bool rtcp,
                BytesView packet);

  MediaSockets& sockets_;
  Limits limits_;
  std::map<MediaKey, Session> sessions_;
  std::map<std::uint16_t, Port> ports_;  ///< by RTP port
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::sip
