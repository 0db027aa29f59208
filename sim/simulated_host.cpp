// SPDX-License-Identifier: Apache-2.0
#include "sim/simulated_host.hpp"

#include "node/overload.hpp"

namespace muster::sim {
namespace {

constexpr LinkId the_link{0};
/// What a steady clock shows when its host starts: nothing may depend on that.
constexpr Duration boot_clock_min = std::chrono::hours{1};
constexpr Duration boot_clock_span = std::chrono::hours{24};
/// What clocks that are right show at the start of a run: some day at which simulated certificates
/// are valid.
constexpr std::int64_t wall_clock_start_s = 1'800'000'000;

}  // namespace

std::optional<std::uint16_t> SimulatedHost::MediaPorts::open_pair() {
  for (std::uint16_t port = 20000; port < 21000; port += 2) {
    if (open_.insert(port).second) return port;
  }
  return std::nullopt;
}

SimulatedHost::SimulatedHost(Config config)
    : config_(std::move(config)),
      random_(config_.seed),
      chance_(stream_seed(config_.seed, "chance")),
      clock_({}, {}, 0),
      disk_(config_.bindings, config_.host) {}

Result<void> SimulatedHost::start(TimePoint now) {
  const auto shows = boot_clock_min + Duration{static_cast<std::int64_t>(chance_.below(
                                          static_cast<std::uint64_t>(boot_clock_span.count())))};
  clock_ = HostClock(now, TimePoint{shows}, config_.clock_fast_ppb);
  media_ = std::make_unique<MediaPorts>();
  auto node = node::FieldNode::open(
      local(now), config_.overlay->kit(config_.host), config_.settings,
      {random_, disk_.state(), disk_.records(), disk_.messages(), disk_.seen(), *media_,
       config_.certificates, &wall_clock_, config_.roster});
  if (!node) return tl::make_unexpected(node.error());
  node_ = std::move(*node);
  node_->link_up(local(now), the_link, config_.datagram_bytes_max, config_.link);
  exchange(now);
  return {};
}

TimePoint SimulatedHost::local(TimePoint now) {
  wall_clock_.now = now;
  return clock_.local(now);
}

std::int64_t SimulatedHost::WallClock::unix_s() const {
  return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch() + off_by).count() +
         wall_clock_start_s;
}

void SimulatedHost::cut_power() {
  if (!node_) return;
  node_.reset();
  disk_.cut_power(chance_);
  note_deadlines();
}

std::optional<std::uint64_t> SimulatedHost::look_up(TimePoint now, std::string_view aor) {
  if (!node_) return std::nullopt;
  const auto number = node_->look_up(local(now), aor);
  exchange(now);
  return number;
}

void SimulatedHost::add_phone(ScriptedPhone::Config config) {
  remove_phone(config.user);
  const auto user = config.user;
  auto phone = std::make_unique<ScriptedPhone>(std::move(config), random_);
  by_sip_[phone->config().own] = phone.get();
  by_media_[phone->config().media] = phone.get();
  phones_[user] = std::move(phone);
}

void SimulatedHost::remove_phone(const std::string& user) {
  const auto found = phones_.find(user);
  if (found == phones_.end()) return;
  by_sip_.erase(found->second->config().own);
  by_media_.erase(found->second->config().media);
  phones_.erase(found);
  note_deadlines();
}

const ScriptedPhone* SimulatedHost::phone(const std::string& user) const {
  const auto found = phones_.find(user);
  return found == phones_.end() ? nullptr : found->second.get();
}

void SimulatedHost::receive(TimePoint now, const LinkAddress& from, BytesView frame) {
  if (!node_) return;
  node_->receive_link(local(now), {the_link, from}, frame);
  exchange(now);
}

void SimulatedHost::advance(TimePoint now) {
  const auto shown = local(now);
  if (node_ && node_due_ && *node_due_ <= shown) node_->advance(shown);
  for (const auto& [user, phone] : phones_) {
    const auto due = phone->deadline();
    if (due && *due <= now) phone->advance(now);
  }
  exchange(now);
}

std::optional<SimulatedHost::Output> SimulatedHost::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

/// Kept, for a node has to ask all its parts, and is asked more often than it does something.
void SimulatedHost::note_deadlines() {
  node_due_ = node_ ? node_->deadline() : std::nullopt;
  due_ = node_due_ ? std::optional(clock_.when(*node_due_)) : std::nullopt;
  for (const auto& [user, phone] : phones_) due_ = earlier(due_, phone->deadline());
}

/// What node and phones say to each other, until all are quiet.
void SimulatedHost::exchange(TimePoint now) {
  bool busy = true;
  while (busy) {
    busy = drain_node(now);
    for (const auto& [user, phone] : phones_) busy |= drain_phone(now, user, *phone);
  }
  note_deadlines();
}

bool SimulatedHost::drain_node(TimePoint now) {
  bool busy = false;
  while (auto output = node_ ? node_->poll() : std::nullopt) {
    busy = true;
    std::visit(node::Overload{
                   [&](node::FieldNode::SendLink& send) {
                     outputs_.emplace_back(
                         Transmit{std::move(send.to), std::move(send.datagram), send.use});
                   },
                   [&](node::FieldNode::SendPhone& send) {
                     const auto phone = by_sip_.find(send.to.endpoint);
                     if (phone != by_sip_.end()) phone->second->receive(now, send.message);
                   },
                   [&](node::FieldNode::SendMedia& send) {
                     const auto phone = by_media_.find(send.to);
                     if (phone != by_media_.end()) phone->second->receive_media(send.packet);
                   },
                   [&](auto& told) { outputs_.emplace_back(std::move(told)); },
               },
               *output);
  }
  return busy;
}

bool SimulatedHost::drain_phone(TimePoint now, const std::string& user, ScriptedPhone& phone) {
  bool busy = false;
  while (auto output = phone.poll()) {
    busy = true;
    std::visit(node::Overload{
                   [&](const ScriptedPhone::SendSip& send) {
                     // What is said to a dead node is lost.
                     if (node_) node_->receive_phone(local(now), phone.config().own, send.message);
                   },
                   [&](const ScriptedPhone::SendMedia& media) { carry_media(now, phone, media); },
                   [&](PhoneEvent& event) {
                     outputs_.emplace_back(AtPhone{user, std::move(event)});
                   },
               },
               *output);
  }
  return busy;
}

/// To the node's port of that call, or straight to another phone here.
void SimulatedHost::carry_media(TimePoint now, const ScriptedPhone& phone,
                                const ScriptedPhone::SendMedia& media) {
  if (const auto other = by_media_.find(media.to); other != by_media_.end()) {
    other->second->receive_media(media.packet);
  } else if (node_ && media.to.address == config_.settings.sip_listen.address) {
    node_->receive_media(local(now), media.to.port, phone.config().media, media.packet);
  }
}

}  // namespace muster::sim
