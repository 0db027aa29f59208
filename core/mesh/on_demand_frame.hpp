// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/precedence.hpp"
#include "core/base/result.hpp"
#include "core/mesh/short_names.hpp"

/// What members say to each other on a narrow channel, octet by octet as in
/// docs/protocol/channel.md. Everybody hears every frame; `to` is who is to do something.
namespace muster::mesh {

/// Cost of a way: expected transmissions in eighths, up to 31. What costs more leads nowhere.
using WayCost = std::uint8_t;
inline constexpr WayCost way_cost_unit = 8;
inline constexpr WayCost way_cost_max = 254;

/// Tells the few packets under way between two neighbours apart, in an acknowledgement.
using HopTag = std::uint16_t;

/// The lowest octets of the number that its source gave a packet (BootNumber).
struct PacketNumber {
  std::uint8_t boot = 0;
  std::uint16_t number = 0;
  friend auto operator<=>(const PacketNumber&, const PacketNumber&) = default;
};

/// A packet, or a part of one, on its way over one hop.
struct CarriedPacket {
  static constexpr std::uint8_t parts_max = 16;

  NodeId to;  ///< the next hop
  NodeId source;
  NodeId destination;
  PacketNumber number;
  /// The upper parts of the number, where the destination may not know them.
  std::optional<std::array<std::uint8_t, 5>> upper;
  Precedence precedence = Precedence::routine;
  bool brief = false;  ///< sealed by the keys of both certificates, else as on other links
  WayCost cost = 0;    ///< from the source to the node that sends this
  WayCost to_go = 0;   ///< from there to the destination; told unless that is the next hop
  std::uint8_t part = 0;
  std::uint8_t last_part = 0;
  std::optional<HopTag> acknowledges;  ///< of a packet that `to` sent to the sender of this
  BytesView payload;
};

/// "I have these, and do with them what is to be done."
struct HopAcknowledgement {
  static constexpr std::size_t tags_max = 16;
  NodeId to;
  std::vector<HopTag> tags;
};

/// "Who knows a way to `target`?"
struct WayRequest {
  NodeId target;
  NodeId origin;               ///< who asks
  std::uint16_t id = 0;        ///< of the origin's question
  WayCost cost = 0;            ///< from the origin to the node that sends this
  std::uint8_t hops_left = 0;  ///< further nodes that may pass it on in a row
};

/// "I do." On its way back to the origin of the question; all who hear it learn.
struct WayReply {
  NodeId to;
  NodeId origin;
  NodeId target;
  std::uint16_t id = 0;
  WayCost cost = 0;  ///< from the node that sends this to the target
};

/// "I know no way to `destination`."
struct NoWay {
  NodeId to;
  NodeId destination;
};

/// "I am here": signed, so that a later start is believed.
struct Announcement {
  static constexpr std::size_t signature_bytes = 64;
  std::uint32_t boot = 0;
  std::uint32_t next_frame = 0;  ///< number of the sender's next frame
  std::array<std::uint8_t, signature_bytes> signature{};

  /// What the sender signs.
  [[nodiscard]] static Bytes signed_octets(const NodeId& sender, std::uint32_t boot,
                                           std::uint32_t next_frame);
};

using OnDemandFrame =
    std::variant<CarriedPacket, HopAcknowledgement, WayRequest, WayReply, NoWay, Announcement>;

enum class OnDemandFrameError : std::uint8_t { malformed, unknown_name };
[[nodiscard]] std::string_view to_string(OnDemandFrameError error);

/// `sender`: who seals the frame. It need not be told again where it is the packet's source.
[[nodiscard]] Bytes encode(const OnDemandFrame& frame, const NodeId& sender,
                           const ShortNames& names);
/// Views in it live as long as `bytes`.
[[nodiscard]] Result<OnDemandFrame, OnDemandFrameError> decode_on_demand_frame(
    BytesView bytes, const NodeId& sender, const ShortNames& names);

/// What encode() may put around a payload at most, where `name_bytes` are those of the longest
/// name.
[[nodiscard]] constexpr std::size_t carried_overhead_bytes_max(std::size_t name_bytes) {
  return 1 + 1 + 3 * name_bytes + 1 + 1 + 3 + 5 + 1 + 2;
}

}  // namespace muster::mesh
