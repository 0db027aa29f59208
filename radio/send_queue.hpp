// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/precedence.hpp"
#include "core/base/time.hpp"
#include "radio/codel.hpp"
#include "radio/hop_frame.hpp"
#include "radio/range_set.hpp"

namespace muster::radio {

enum class Reliability : std::uint8_t {
  reliable,     ///< sent again until acknowledged or expired
  best_effort,  ///< sent once
};

enum class DropReason : std::uint8_t {
  expired,     ///< its time was over before it was known to have arrived
  queue_full,  ///< no room, or pushed out by something of higher precedence
  too_late,    ///< its class has waited too long for too long (RFC 8289)
  unsendable,  ///< empty, or larger than packet_bytes_max
  link_down,   ///< best effort, and there is nobody to hear it
};

/// A part of a reliable packet that travels in a frame.
struct Piece {
  std::uint64_t packet = 0;
  Range range;
};

/// Packets on their way to one neighbour: four queues, what of each packet is to be sent (again),
/// and what has arrived. Chooses what goes next: strictly by precedence, but a class that waits is
/// served one frame for every `floor_bytes` that went before it.
class SendQueue {
 public:
  struct Limits {
    std::size_t packet_bytes_max = 32768;
    std::size_t queue_bytes_max = 512 * 1024;  ///< all packets kept, under way or waiting
    std::size_t floor_bytes = 16 * 1200;
    Codel::Limits codel{};  ///< of each class below FLASH, for packets of which nothing was sent
  };
  struct Drop {
    Precedence precedence = Precedence::routine;
    DropReason reason = DropReason::expired;
  };
  using Drops = std::vector<Drop>;
  /// A packet that is kept no longer, for another way.
  struct Taken {
    Bytes bytes;
    std::optional<TimePoint> expires;
  };

  explicit SendQueue(Limits limits);

  /// What had to be dropped, which may be the packet itself.
  [[nodiscard]] Drops add(TimePoint now, BytesView packet, Precedence, Reliability,
                          std::optional<TimePoint> expires);
  /// Before a frame is made: drops the first of a class that is served next but has stood too long.
  [[nodiscard]] Drops shed(TimePoint now);
  /// Drops what is not in the air and has no time left.
  [[nodiscard]] Drops expire(TimePoint now);
  [[nodiscard]] Drops drop_best_effort();
  /// The reliable packets that `which` picks, in the order of submission; some may have arrived
  /// without being known to.
  [[nodiscard]] std::vector<Taken> take_back(const std::function<bool(BytesView)>& which);

  [[nodiscard]] bool anything_to_send() const;
  [[nodiscard]] std::optional<Precedence> next_precedence() const;

  /// Takes chunks of at most `room` octets into `frame`, with `frame.oldest` where it is needed.
  /// A packet of up to `whole_bytes` is not split, unless it was already when less fitted. The
  /// chunks view into this queue until `frame_encoded()`.
  void fill(HopFrame& frame, std::vector<Piece>& pieces, std::size_t room, std::size_t whole_bytes);
  void frame_encoded();

  void arrived(const Piece& piece);
  /// Is to be sent again, unless there is no time left for it.
  [[nodiscard]] Drops lost(TimePoint now, const Piece& piece);
  /// The neighbour has lost its memory: everything under way starts from its first octet.
  void begin_again();

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::optional<TimePoint> earliest_expiry() const;

 private:
  struct Packet {
    Bytes bytes;
    Precedence precedence = Precedence::routine;
    Reliability reliability = Reliability::reliable;
    std::optional<TimePoint> expires;
    std::optional<std::uint64_t> number;  ///< given with the first transmission
    TimePoint since{};                    ///< when it was added
    RangeSet to_send;
    RangeSet arrived;
  };
  using Packets = std::map<std::uint64_t, Packet>;  // by order of submission

  [[nodiscard]] bool make_room(std::size_t needed, Precedence precedence, Drops& drops);
  [[nodiscard]] std::optional<std::uint64_t> next_packet(std::size_t precedence) const;
  [[nodiscard]] std::optional<std::uint64_t> next_packet() const;
  [[nodiscard]] bool may_start(const Packet& packet) const;
  [[nodiscard]] std::uint64_t oldest() const;
  void give_number(std::uint64_t id, Packet& packet);
  [[nodiscard]] Range next_range(const Packet& packet, std::size_t room,
                                 std::size_t whole_bytes) const;
  void account_floor(Precedence served, std::size_t octets);
  void remove(Packets::iterator packet);
  void erase(std::uint64_t id);

  Limits limits_;
  Packets packets_;
  std::array<std::set<std::uint64_t>, precedence_count> waiting_;  // with something to send
  std::array<std::size_t, precedence_count> passed_over_{};        // octets since last served
  std::vector<Codel> codel_;                                       // one for each precedence
  std::set<std::pair<TimePoint, std::uint64_t>> expiries_;
  std::map<std::uint64_t, std::uint64_t> under_way_;  // reliable number -> packet
  std::vector<std::uint64_t> spent_;                  // best effort, all in the frame being made
  std::uint64_t next_id_ = 0;
  std::uint64_t next_number_ = 0;
  std::uint16_t next_best_effort_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace muster::radio
