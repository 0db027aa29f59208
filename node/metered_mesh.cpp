// SPDX-License-Identifier: Apache-2.0
#include "node/metered_mesh.hpp"

#include <algorithm>

#include "core/base/byte_writer.hpp"
#include "node/overload.hpp"

namespace muster::node {
namespace {

/// A text of 50 octets on its way: waits are counted in such frames.
constexpr std::size_t usual_frame_bytes = 100;
constexpr std::size_t announcement_bytes = 100;
/// Announcements follow after so many rounds, then at the pace of the limit. A round is as long as
/// all nodes of the roster take to say one.
constexpr std::array<double, 4> first_rounds{4, 10, 40, 100};

mesh::PacketNumber told(const BootNumber& number) {
  return {static_cast<std::uint8_t>(number.boot), static_cast<std::uint16_t>(number.number)};
}

/// What told() leaves out, if it is not zero: who never heard of us takes it to be.
std::optional<std::array<std::uint8_t, 5>> upper_of(const BootNumber& number) {
  if (number.boot < 1U << 8 && number.number < 1U << 16) return std::nullopt;
  const auto octet = [](std::uint32_t value, unsigned shift) {
    return static_cast<std::uint8_t>(value >> shift);
  };
  return std::array<std::uint8_t, 5>{octet(number.boot, 24), octet(number.boot, 16),
                                     octet(number.boot, 8), octet(number.number, 24),
                                     octet(number.number, 16)};
}

BootNumber whole_of(const mesh::PacketNumber& number, const std::array<std::uint8_t, 5>& upper) {
  return {std::uint32_t{upper[0]} << 24 | std::uint32_t{upper[1]} << 16 |
              std::uint32_t{upper[2]} << 8 | number.boot,
          std::uint32_t{upper[3]} << 24 | std::uint32_t{upper[4]} << 16 | number.number};
}

Duration times(Duration duration, double factor) {
  return Duration{static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor)};
}

}  // namespace

MeteredMesh::MeteredMesh(const security::LocalNode& local, const security::Key32& ed25519_private,
                         const mesh::Roster& roster, const security::PeerKeys& keys,
                         std::uint64_t seed, const Limits& limits)
    : self_(local.id),
      signing_key_(ed25519_private),
      roster_(roster),
      keys_(keys),
      limits_(limits),
      random_(seed),
      channel_(local.id, local.boot, local.discovery_key, roster.names()),
      ends_(local.id, local.x25519_private, keys),
      mesh_(local.id, roster.names(), limits.mesh, seed ^ 0x6f6e64),
      next_packet_{local.boot, 0} {}

void MeteredMesh::link_up(TimePoint now, LinkId link, std::size_t datagram_bytes_max,
                          const radio::LinkProfile& profile) {
  links_.insert_or_assign(
      link, Link{datagram_bytes_max, radio::AirtimeGate{profile, datagram_bytes_max, limits_.gate,
                                                        now, random_.next()}});
  Duration slowest{};
  for (const auto& [id, each] : links_)
    slowest = std::max(slowest, each.gate.profile().airtime(usual_frame_bytes));
  mesh_.set_frame(slowest);
  if (!announce_at_) announce_at_ = now + times(announcement_round(), 3 * random_.unit());
  settle(now);
}

Duration MeteredMesh::announcement_round() const {
  Duration longest{};
  for (const auto& [id, link] : links_)
    longest = std::max(longest, link.gate.profile().airtime(announcement_bytes));
  return longest * static_cast<Duration::rep>(std::max<std::size_t>(roster_.size(), 1));
}

void MeteredMesh::receive(TimePoint now, LinkId id, BytesView datagram) {
  const auto link = links_.find(id);
  if (link == links_.end()) return;
  link->second.gate.heard(now, datagram.size());
  if (auto opened = channel_.open(datagram)) {
    if (!opened->far) {
      mesh_.receive(now, opened->from, opened->missed, opened->plaintext);
    } else if (const auto frame =
                   mesh::decode_on_demand_frame(opened->plaintext, opened->from, roster_.names())) {
      const auto* said = std::get_if<mesh::Announcement>(&*frame);
      if (said != nullptr) announced({opened->from, *said});
    }
  }
  settle(now);
}

void MeteredMesh::overheard(TimePoint now, LinkId id, std::size_t datagram_bytes) {
  const auto link = links_.find(id);
  if (link == links_.end()) return;
  link->second.gate.heard(now, datagram_bytes);
  settle(now);
}

bool MeteredMesh::send_brief(TimePoint now, const NodeId& to, BytesView message,
                             Precedence precedence) {
  const BootNumber number = next_packet_;
  ++next_packet_.number;
  const auto sealed = ends_.seal(to, number, message);
  return sealed && send(now, to, number, *sealed, precedence, true);
}

bool MeteredMesh::send_packet(TimePoint now, const NodeId& to, BytesView sealed,
                              Precedence precedence) {
  const BootNumber number = next_packet_;
  ++next_packet_.number;
  return send(now, to, number, sealed, precedence, false);
}

std::size_t MeteredMesh::part_bytes() const {
  std::size_t smallest = 0xffff;
  for (const auto& [id, link] : links_) smallest = std::min(smallest, link.datagram_bytes_max);
  const std::size_t name = roster_.longest_name();
  const std::size_t around = security::ChannelSeal::whole_overhead_bytes + name -
                             mesh::ShortNames::short_bytes + mesh::carried_overhead_bytes_max(name);
  return smallest > around + 16 ? smallest - around : 16;
}

bool MeteredMesh::send(TimePoint now, const NodeId& to, const BootNumber& number, BytesView payload,
                       Precedence precedence, bool brief) {
  const std::size_t fits = part_bytes();
  const std::size_t parts = (payload.size() + fits - 1) / fits;
  if (parts == 0 || parts > mesh::CarriedPacket::parts_max) {
    ++too_long_;
    return false;
  }
  for (std::size_t part = 0; part < parts; ++part) {
    const BytesView here =
        payload.subspan(part * fits, std::min(fits, payload.size() - part * fits));
    mesh_.submit(now, {to, told(number), upper_of(number), precedence, brief,
                       static_cast<std::uint8_t>(part), static_cast<std::uint8_t>(parts - 1),
                       to_bytes(here)});
  }
  settle(now);
  return true;
}

bool MeteredMesh::may_reach(const NodeId& node) const {
  return !links_.empty() && node != self_ && roster_.knows(node) && mesh_.may_reach(node);
}

void MeteredMesh::advance(TimePoint now) {
  mesh_.advance(now);
  if (announce_at_ && *announce_at_ <= now && !links_.empty()) announce(now);
  std::erase_if(assemblies_,
                [&](const auto& each) { return now - each.second.since >= limits_.assembly_life; });
  settle(now);
}

/// Whom nobody has announced is found all the same, as soon as anything is heard of him; but a
/// later start is believed by its signature alone.
void MeteredMesh::announce(TimePoint now) {
  // The frames that wait before it are few.
  const BootNumber next{channel_.next().boot, channel_.next().number};
  mesh::Announcement said{next.boot, next.number, {}};
  said.signature = security::ed25519_sign(
      signing_key_.octets, mesh::Announcement::signed_octets(self_, said.boot, said.next_frame));
  mesh_.announce(now, said);
  const double rounds = announced_ < first_rounds.size()
                            ? std::min(first_rounds[announced_], 1 / limits_.announce_share)
                            : 1 / limits_.announce_share;
  ++announced_;
  announce_at_ = now + times(announcement_round(), rounds * (0.8 + 0.4 * random_.unit()));
}

void MeteredMesh::announced(const mesh::OnDemandMesh::Announced& announced) {
  const auto& said = announced.announcement;
  const auto key = keys_.signing_key(announced.from);
  if (!key ||
      !security::ed25519_verify(
          *key, mesh::Announcement::signed_octets(announced.from, said.boot, said.next_frame),
          said.signature)) {
    ++false_announcements_;
    return;
  }
  channel_.vouched(announced.from, {said.boot, said.next_frame});
}

void MeteredMesh::settle(TimePoint now) {
  now_ = std::max(now_, now);
  bool busy = true;
  while (busy) {
    busy = settle_mesh(now);
    busy |= serve(now);
  }
}

bool MeteredMesh::settle_mesh(TimePoint now) {
  bool busy = false;
  while (auto output = mesh_.poll()) {
    busy = true;
    std::visit(
        Overload{
            [&](mesh::OnDemandMesh::Deliver& delivered) { arrived(now, std::move(delivered)); },
            [&](const Reachable& change) { outputs_.push_back(change); },
            [&](const mesh::OnDemandMesh::Announced& said) { announced(said); },
        },
        *output);
  }
  return busy;
}

void MeteredMesh::arrived(TimePoint now, mesh::OnDemandMesh::Deliver delivered) {
  const auto number = delivered.packet.number;
  const auto upper = delivered.packet.upper;
  const bool brief = delivered.packet.brief;
  auto payload = assemble(now, delivered);
  if (!payload) return;
  if (!brief) {
    outputs_.push_back(PacketArrived{delivered.source, std::move(*payload)});
    return;
  }
  const BootNumber whole =
      upper ? whole_of(number, *upper) : ends_.whole(delivered.source, number.boot, number.number);
  if (auto message = ends_.open(delivered.source, whole, *payload))
    outputs_.push_back(BriefArrived{delivered.source, std::move(*message)});
}

/// The whole payload once all parts are there.
std::optional<Bytes> MeteredMesh::assemble(TimePoint now, mesh::OnDemandMesh::Deliver& delivered) {
  auto& packet = delivered.packet;
  if (packet.last_part == 0) return std::move(packet.payload);
  const AssemblyKey key{delivered.source, packet.number};
  if (!assemblies_.contains(key) && assemblies_.size() >= limits_.assemblies_max) {
    assemblies_.erase(std::ranges::min_element(assemblies_, {},
                                               [](const auto& each) { return each.second.since; }));
    ++parts_dropped_;
  }
  auto& assembly =
      assemblies_.try_emplace(key, Assembly{now, std::vector<Bytes>(packet.last_part + 1U)})
          .first->second;
  if (assembly.parts.size() != packet.last_part + 1U) {
    ++parts_dropped_;
    return std::nullopt;
  }
  assembly.parts[packet.part] = std::move(packet.payload);
  if (std::ranges::any_of(assembly.parts, [](const Bytes& part) { return part.empty(); }))
    return std::nullopt;
  Bytes whole;
  for (const Bytes& part : assembly.parts) append(whole, part);
  assemblies_.erase(key);
  return whole;
}

std::optional<TimePoint> MeteredMesh::opens_at(Precedence precedence) const {
  std::optional<TimePoint> last;
  for (const auto& [id, link] : links_) {
    const TimePoint opens = link.gate.opens_at(precedence);
    last = last ? std::max(*last, opens) : opens;
  }
  return last;
}

bool MeteredMesh::serve(TimePoint now) {
  bool busy = false;
  while (const auto wanted = mesh_.wants(now)) {
    const auto opens = opens_at(*wanted);
    if (!opens || *opens > now) break;
    busy = true;
    const auto frame = mesh_.take(now);
    const Bytes datagram = channel_.seal(frame.plaintext);
    FrameUse use;
    const auto octets =
        static_cast<std::uint32_t>(frame.packet ? frame.carried_bytes : frame.plaintext.size());
    (frame.packet ? use.carried : use.routing) = octets;
    for (auto& [id, link] : links_) {
      link.gate.sent(now, datagram.size(), *wanted);
      outputs_.push_back(SendFrame{id, datagram, use});
    }
  }
  return busy;
}

std::optional<MeteredMesh::Output> MeteredMesh::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> MeteredMesh::deadline() const {
  if (links_.empty()) return std::nullopt;
  auto due = earlier(mesh_.deadline(now_), announce_at_);
  if (const auto wanted = mesh_.wants(now_)) due = earlier(due, opens_at(*wanted));
  for (const auto& [key, assembly] : assemblies_)
    due = earlier(due, assembly.since + limits_.assembly_life);
  return due;
}

void MeteredMesh::count(std::vector<StatusReport::Counter>& into) const {
  const auto& sealed = channel_.counters();
  into.push_back({"channel.malformed", sealed.malformed});
  into.push_back({"channel.unknown_senders", sealed.unknown});
  into.push_back({"channel.repeated", sealed.repeated});
  into.push_back({"channel.forged", sealed.forged});
  into.push_back({"channel.false_announcements", false_announcements_});
  const auto& mesh = mesh_.counters();
  into.push_back({"channel.frames_malformed", mesh.malformed});
  into.push_back({"channel.unknown_names", mesh.unknown_names});
  into.push_back({"channel.packets_sent", mesh.submitted});
  into.push_back({"channel.packets_forwarded", mesh.forwarded});
  into.push_back({"channel.packets_delivered", mesh.delivered});
  into.push_back({"channel.packets_repeated", mesh.repeated});
  into.push_back({"channel.sent_again", mesh.sent_again});
  into.push_back({"channel.rerouted", mesh.rerouted});
  into.push_back({"channel.looped", mesh.looped});
  into.push_back({"channel.no_way", mesh.no_way});
  into.push_back({"channel.gave_up", mesh.gave_up});
  into.push_back({"channel.no_room", mesh.no_room});
  into.push_back({"channel.too_long", too_long_});
  into.push_back({"channel.parts_dropped", parts_dropped_});
  into.push_back({"channel.questions", mesh.questions});
  into.push_back({"channel.answers", mesh.answers});
  into.push_back({"channel.questions_passed_on", mesh.passed_on});
  const auto& ends = ends_.counters();
  into.push_back({"channel.unopenable", ends.forged + ends.unknown + ends.repeated});
}

}  // namespace muster::node
