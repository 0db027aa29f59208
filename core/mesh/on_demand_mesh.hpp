// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/precedence.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "core/mesh/on_demand_frame.hpp"
#include "core/mesh/on_demand_ways.hpp"
#include "core/mesh/short_names.hpp"

namespace muster::mesh {

/// Brings packets to any member over a narrow channel without tables: ways are learnt from all that
/// is heard, and asked for where nothing was heard (AODV, RFC 3561, in its idea).
///
/// Everybody hears every frame of his neighbours, so a hop needs no acknowledgement of its own:
/// that the next node passes the packet on shows that it has it (as in DSR, RFC 4728, 3.4.3). Only
/// the last node, and one that must look for a way first, say so in few octets. Who is not heard to
/// pass it on is sent it again, then another neighbour.
///
/// A pure state machine; what makes no sense is counted and dropped. The link says when it takes
/// the next frame; frames are sealed by whoever drives this.
class OnDemandMesh {
 public:
  struct Limits {
    Duration frame = std::chrono::milliseconds{400};  ///< on the air, of a usual frame
    unsigned tries_max = 4;                           ///< of one packet over one hop
    unsigned hops_tried_max = 3;                      ///< neighbours, for one packet
    std::size_t carried_max = 64;     ///< packets under way from here; 400 octets each
    std::size_t seen_max = 2048;      ///< packets known when they come again; 100 octets each
    std::size_t questions_max = 256;  ///< of others, remembered; 80 octets each
    std::size_t control_max = 64;     ///< frames that wait besides packets; 100 octets each
    std::uint8_t question_hops = 8;   ///< a question is passed on so often in a row
    unsigned copies_enough = 3;       ///< of a question heard: it need not be passed on
    OnDemandWays::Limits ways{};
  };
  /// What a packet needs to be told with.
  struct Packet {
    NodeId destination;
    PacketNumber number;
    std::optional<std::array<std::uint8_t, 5>> upper;
    Precedence precedence = Precedence::routine;
    bool brief = false;
    std::uint8_t part = 0;
    std::uint8_t last_part = 0;
    Bytes payload;  ///< not empty
  };
  /// A packet for this node; once, as long as it is remembered.
  struct Deliver {
    NodeId source;
    Packet packet;
  };
  /// Whether packets to that node are worth a try. At first all are.
  struct Reachable {
    NodeId node;
    bool reachable;
  };
  struct Announced {
    NodeId from;
    Announcement announcement;
  };
  using Output = std::variant<Deliver, Reachable, Announced>;
  struct Frame {
    Bytes plaintext;
    bool packet = false;  ///< else the mesh's own: acknowledgements, questions and answers
    std::size_t carried_bytes = 0;
  };
  struct Counters {
    std::uint64_t malformed = 0;
    std::uint64_t unknown_names = 0;
    std::uint64_t submitted = 0;
    std::uint64_t forwarded = 0;  ///< for others
    std::uint64_t delivered = 0;
    std::uint64_t repeated = 0;  ///< came again, and were known
    std::uint64_t sent_again = 0;
    std::uint64_t rerouted = 0;  ///< over another neighbour
    std::uint64_t looped = 0;
    std::uint64_t no_way = 0;   ///< dropped: nobody knows one
    std::uint64_t gave_up = 0;  ///< dropped: no neighbour took them
    std::uint64_t no_room = 0;
    std::uint64_t questions = 0;  ///< asked here
    std::uint64_t answers = 0;    ///< given here
    std::uint64_t passed_on = 0;  ///< questions of others
  };

  /// `names` outlives this.
  OnDemandMesh(const NodeId& self, const ShortNames& names, Limits limits, std::uint64_t seed);

  void set_frame(Duration frame) { limits_.frame = frame; }
  void submit(TimePoint now, Packet packet);
  void announce(TimePoint now, const Announcement& announcement);
  /// A frame of a member; `missed` before it did not come.
  void receive(TimePoint now, const NodeId& from, std::uint32_t missed, BytesView plaintext);
  void advance(TimePoint now);

  /// Of the frame that take() would give; nothing if there is none to be sent now.
  [[nodiscard]] std::optional<Precedence> wants(TimePoint now) const;
  /// wants() must be true.
  [[nodiscard]] Frame take(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  /// When advance() has something to do, or take() something more to give than now.
  [[nodiscard]] std::optional<TimePoint> deadline(TimePoint now) const;

  /// Not known to be out of reach.
  [[nodiscard]] bool may_reach(const NodeId& node) const {
    const auto found = unreachable_.find(node);
    return found == unreachable_.end() || !found->second.until;
  }
  [[nodiscard]] const OnDemandWays& ways() const { return ways_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Key {
    NodeId source;
    PacketNumber number;
    std::uint8_t part = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  enum class State : std::uint8_t { without_way, waits_to_be_sent, sent };
  struct Carried {
    Packet packet;
    std::optional<NodeId> came_from;  ///< nothing: it is ours
    WayCost cost = 0;                 ///< from its source to here
    State state = State::without_way;
    NodeId hop;
    WayCost to_go = 0;  ///< from here, over it
    std::set<NodeId> tried;
    unsigned tries = 0;  ///< over this hop
    TimePoint since;
    std::optional<TimePoint> due;  ///< when it is sent again
  };
  struct Seen {
    NodeId from;
    WayCost cost = 0;
  };
  struct Acknowledging {
    TimePoint at;
    std::vector<HopTag> tags;
  };
  struct Control {
    TimePoint at;
    Precedence precedence;
    std::variant<WayRequest, WayReply, NoWay, Announcement> frame;
  };
  struct Search {
    unsigned stage = 0;
    std::optional<TimePoint> due;  ///< nothing while the question waits to be sent
  };
  struct QuestionKey {
    NodeId origin;
    NodeId target;
    std::uint16_t id = 0;
    friend auto operator<=>(const QuestionKey&, const QuestionKey&) = default;
  };

  // on_demand_mesh.cpp: packets
  void handle(TimePoint now, const NodeId& from, const CarriedPacket& packet);
  void take_packet(TimePoint now, const NodeId& from, const CarriedPacket& packet);
  void came_again(TimePoint now, const NodeId& from, const CarriedPacket& packet);
  void handle(TimePoint now, const NodeId& from, const HopAcknowledgement& said);
  void acknowledged(const NodeId& by, HopTag tag);
  void overheard(const NodeId& from, const CarriedPacket& packet);
  void choose_way(TimePoint now, const Key& key, Carried& carried);
  bool hop_failed(TimePoint now, const Key& key, Carried& carried);
  void send_again(TimePoint now);
  void remember(const Key& key, const Seen& seen);
  void acknowledge(TimePoint now, const NodeId& to, HopTag tag, TimePoint at);
  void set_reachable(TimePoint now, const NodeId& node, bool reachable);
  [[nodiscard]] std::map<Key, Carried>::const_iterator next_packet() const;
  [[nodiscard]] Frame take_carried(TimePoint now, Carried& carried, const Key& key);
  [[nodiscard]] Duration frames(double least, double most);

  // on_demand_questions.cpp: ways
  void learn(TimePoint now, const NodeId& destination, const NodeId& over, WayCost cost);
  void search(TimePoint now, const NodeId& destination);
  void ask(TimePoint now, const NodeId& destination, Search& search);
  void search_on(TimePoint now);
  void search_failed(TimePoint now, const NodeId& destination);
  void handle(TimePoint now, const NodeId& from, const WayRequest& request);
  void handle(TimePoint now, const NodeId& from, const WayReply& reply);
  void handle(TimePoint now, const NodeId& from, const NoWay& said);
  void say_no_way(TimePoint now, const NodeId& to, const NodeId& destination);
  bool add_control(Control control);
  [[nodiscard]] bool is_new(const QuestionKey& key);
  [[nodiscard]] std::deque<Control>::const_iterator next_control(TimePoint now) const;
  [[nodiscard]] Frame take_control(TimePoint now, std::deque<Control>::const_iterator which);

  NodeId self_;
  const ShortNames& names_;
  Limits limits_;
  SeededRandom random_;
  OnDemandWays ways_;
  std::map<Key, Carried> carried_;
  std::map<Key, Seen> seen_;
  std::deque<Key> seen_in_order_;
  std::map<NodeId, Acknowledging> acknowledging_;
  std::deque<Control> control_;
  std::map<NodeId, Search> searches_;
  std::map<QuestionKey, unsigned> questions_;  ///< copies heard
  std::deque<QuestionKey> questions_in_order_;
  std::uint16_t last_question_ = 0;
  struct Unreachable {
    unsigned times = 0;              ///< in a row, without a word of it in between
    std::optional<TimePoint> until;  ///< nothing: it may be tried again
  };
  std::map<NodeId, Unreachable> unreachable_;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::mesh
