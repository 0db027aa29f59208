// SPDX-License-Identifier: Apache-2.0
// What goes to all neighbours at once, and what comes so.
#include <algorithm>

#include "node/neighbours.hpp"

namespace muster::node {
namespace {

/// Of a NodeId, in a hello: enough to tell neighbours apart.
constexpr std::size_t hello_name_bytes = 4;
/// Of a neighbour's frames; who is heard less is taken for heard so much.
constexpr double heard_ratio_min = 0.4;

/// With fewer listeners on a link a repeated frame to each is surer and costs as much.
constexpr std::ptrdiff_t worth_a_broadcast = 3;

FrameUse use_of(HopChannel channel, std::size_t octets) {
  const auto size = static_cast<std::uint32_t>(octets);
  FrameUse use;
  switch (channel) {
    case HopChannel::packet:
      use.carried = size;
      break;
    case HopChannel::route:
      use.routing = size;
      break;
    case HopChannel::look_up:
      use.look_up = size;
      break;
    case HopChannel::directory:
    case HopChannel::copies:
      use.directory = size;
      break;
    case HopChannel::sender_key:
      use.keys = size;
      break;
    case HopChannel::hello:
      break;
  }
  return use;
}

}  // namespace

bool Neighbours::broadcast(TimePoint now, LinkId link, HopChannel channel, BytesView content) {
  const auto found = links_.find(link);
  if (found == links_.end() || !found->second.broadcasts ||
      1 + content.size() + security::broadcast_overhead_bytes > found->second.datagram_bytes_max) {
    return false;
  }
  if (found->second.pace) {
    found->second.pace->sent(1 + content.size() + security::broadcast_overhead_bytes);
  }
  put_on_link(now,
              SendFrame{link, std::nullopt, broadcasts_.seal(now, with_channel(channel, content)),
                        use_of(channel, content.size())},
              Precedence::flash);
  return true;
}

std::size_t Neighbours::audience() const {
  std::size_t most = 0;
  for (const auto& [id, link] : links_) {
    if (chooses(id)) most = std::max(most, link.stations - 1);
  }
  return most;
}

void Neighbours::send_to_all(TimePoint now, HopChannel channel, BytesView content,
                             Precedence precedence, std::optional<TimePoint> expires,
                             bool again_soon) {
  std::vector<NodeId> peers;
  for (const auto& [id, neighbour] : neighbours_) {
    if (neighbour.up) peers.push_back(id);
  }
  send_to_several(now, peers, channel, content, precedence, expires, again_soon);
}

void Neighbours::send_to_several(TimePoint now, const std::vector<NodeId>& peers,
                                 HopChannel channel, BytesView content, Precedence precedence,
                                 std::optional<TimePoint> expires, bool again_soon) {
  const std::ptrdiff_t enough = again_soon ? 1 : worth_a_broadcast;
  std::map<LinkId, std::vector<NodeId>> by_link;
  for (const auto& id : peers) {
    const auto path = sessions_.path(id);
    if (path && neighbours_.contains(id)) by_link[path->link].push_back(id);
  }
  for (const auto& [link, there] : by_link) {
    const auto listeners = std::count_if(
        there.begin(), there.end(),
        [&, on = link](const NodeId& id) { return broadcasts_.may_hear(now, id, on); });
    const bool sent = listeners >= enough && broadcast(now, link, channel, content);
    for (const auto& id : there) {
      const bool heard = sent && broadcasts_.presumed_to_hear(now, id, link);
      if (sent) broadcasts_.tried(now, id, link);
      if (heard) continue;
      submit_control(now, *neighbours_.find(id), channel, content, precedence, expires);
    }
  }
  settle(now);
}

/// Neighbours learn from one frame that we hear them, so that none of them has to ask. On a metered
/// link they ask so seldom that this would be more.
void Neighbours::say_hello(TimePoint now) {
  const Duration interval = limits_.hello_interval;
  const auto jitter = random_.below(static_cast<std::uint64_t>(interval.count() / 4));
  hello_due_ = now + interval - interval / 8 + Duration{static_cast<Duration::rep>(jitter)};
  std::map<LinkId, std::pair<std::ptrdiff_t, Bytes>> by_link;  // listeners; whom we hear
  for (auto& [id, neighbour] : neighbours_) {
    const auto path = sessions_.path(id);
    if (!path || !neighbour.up || metered(id) != nullptr) continue;
    auto& [listeners, names] = by_link[path->link];
    if (broadcasts_.may_hear(now, id, path->link)) {
      ++listeners;
      broadcasts_.tried(now, id, path->link);
    }
    // Where half of them are lost, the last one heard is twice as long ago.
    const double ratio = std::max(neighbour.hop.quality().heard_ratio, heard_ratio_min);
    const auto span = Duration{
        static_cast<Duration::rep>(static_cast<double>(limits_.hello_heard.count()) / ratio)};
    const bool heard = neighbour.broadcast_heard && now - *neighbour.broadcast_heard <= span;
    if (heard && names.size() < limits_.hello_names_max * hello_name_bytes)
      append(names, id.view().first(hello_name_bytes));
  }
  for (const auto& [link, said] : by_link) {
    if (said.first >= worth_a_broadcast) broadcast(now, link, HopChannel::hello, said.second);
  }
}

void Neighbours::hear_hello(TimePoint now, Neighbour& from, BytesView names) {
  if (names.size() % hello_name_bytes != 0) {
    ++counters_.broadcasts_unexpected;
    return;
  }
  const BytesView own = self_.view().first(hello_name_bytes);
  for (; !names.empty(); names = names.subspan(hello_name_bytes)) {
    if (std::ranges::equal(names.first(hello_name_bytes), own)) return from.hop.vouched(now);
  }
}

void Neighbours::receive_broadcast(TimePoint now, BytesView datagram) {
  auto opened = broadcasts_.open(now, datagram);
  if (!opened) return;
  const Bytes& packet = opened->content;
  const auto found = neighbours_.find(opened->from);
  const auto channel = packet.empty() ? HopChannel{} : static_cast<HopChannel>(packet[0]);
  const bool expected = channel == HopChannel::route || channel == HopChannel::directory ||
                        channel == HopChannel::hello;
  if (found == neighbours_.end() || !expected) {
    ++counters_.broadcasts_unexpected;
    return;
  }
  found->second.broadcast_heard = now;
  if (found->second.hop.doubtful()) {
    found->second.hop.wake(now);
    touched_.insert(opened->from);
  }
  if (channel == HopChannel::hello) {
    touched_.insert(opened->from);
    return hear_hello(now, found->second, BytesView(packet).subspan(1));
  }
  outputs_.push_back(Arrived{opened->from,
                             channel,
                             {packet.begin() + 1, packet.end()},
                             found->second.hop.quality().srtt / 2});
}

bool Neighbours::settle_broadcasts(TimePoint now) {
  bool busy = false;
  while (const auto tell = broadcasts_.poll()) {
    const auto found = neighbours_.find(tell->to);
    if (found == neighbours_.end()) continue;
    busy = true;
    submit(now, *found, HopChannel::sender_key, tell->message, Precedence::immediate,
           radio::Reliability::reliable, std::nullopt);
  }
  return busy;
}

}  // namespace muster::node
