// SPDX-License-Identifier: Apache-2.0
#include "node/field_node.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "node/field_node_core.hpp"
#include "node/guests.hpp"
#include "node/overload.hpp"
#include "radio/hop_pace.hpp"

namespace muster::node {
namespace {

constexpr std::string_view boot_key = "boot";

/// What the directory holds of a node with one user, and what it takes to say it.
constexpr double directory_bytes_of_node = 1500;
/// A link on which saying all of it once to everybody takes longer carries no directory.
constexpr double directory_airtime_max_s = 60;
/// Nodes of a roster, some 130 octets each: beyond them the directory is placed, and on quick links
/// routes do not lead to all.
constexpr std::size_t named_max = 256;
/// What is said on a link that carries none is a frame or two, and its way is found as it goes.
constexpr std::size_t channel_frame_bytes = 120;
constexpr int channel_frames_each_way = 4;

Duration channel_exchange(const radio::LinkProfile& profile) {
  return channel_frames_each_way * profile.airtime(channel_frame_bytes);
}

std::uint64_t random_number(ports::Random& random) {
  std::array<std::uint8_t, 8> octets{};
  random.fill(octets);
  return ByteReader{octets}.u64();
}

/// This start's number, already on stable storage: no two lives of a node may share one.
Result<std::uint32_t> count_boot(ports::StateStore& state) {
  std::uint32_t boot = 1;
  if (const auto stored = state.find(boot_key)) {
    ByteReader reader{*stored};
    boot = reader.u32() + 1;
    if (!reader.finished() || boot == 0) {
      return fail(
          "state database: the count of starts is damaged; restore it from a copy, or "
          "remove the database and install the kit anew");
    }
  }
  if (!state.put(boot_key, ByteWriter{}.u32(boot).view())) {
    return fail("state database: this start cannot be written; is the disk full or read-only?");
  }
  return boot;
}

/// A new one with each start: what was sealed to an earlier life cannot be opened again, and
/// whoever still seals to it is told so at once (security/end_to_end.hpp).
security::OwnPrekey new_prekey(std::uint32_t boot, ports::Random& random) {
  security::Key32 key{};
  random.fill(key);
  return {boot, security::Secret32{key}};
}

MeshStack::Identity identity_of(const security::Kit& kit, const NodeStart& start) {
  return {{security::node_id_of(kit), kit.node_certificate_der, kit.x25519_private,
           kit.discovery_key, start.boot},
          kit.ed25519_private,
          start.prekey};
}

sip::Edge::Config edge_config(const security::Kit& kit, const Settings& settings) {
  sip::Edge::Config config;
  config.self = security::node_id_of(kit);
  config.domain = kit.overlay;
  config.listen = settings.sip_listen;
  config.guests = settings.sip_guests;
  config.message_answer_within = settings.message_answer_within;
  config.media_playout_deadline = settings.media_deadline;
  return config;
}

Neighbours::Limits neighbours_limits(const Settings& settings) {
  Neighbours::Limits limits;
  limits.sessions.renew_after = settings.rekey_after;
  limits.sessions.session_life = settings.rekey_after + settings.rekey_after / 2;
  limits.sessions.renew_after_frames = settings.rekey_after_frames;
  auto& keys = limits.broadcasts.keys;
  keys.rotate_after = settings.rekey_after / 2;
  keys.rotate_after_frames = std::min(keys.rotate_after_frames, settings.rekey_after_frames);
  return limits;
}

overlay::DirectoryLimits directory_limits(const Settings& settings) {
  overlay::DirectoryLimits limits;
  limits.copies = settings.copies;
  limits.spread.to_all_bytes_max = settings.replicate_to_all_bytes_max;
  limits.look_ups.parallel = settings.look_up_parallel;
  return limits;
}

dtn::Outbox::Limits outbox_limits(const Settings& settings) {
  dtn::Outbox::Limits limits;
  limits.request_bytes_max = PostOffice::request_bytes_max;
  limits.quota_bytes_max = settings.message_quota_bytes;
  limits.lifetime_default =
      std::chrono::duration_cast<std::chrono::seconds>(settings.message_lifetime);
  limits.lifetime_max = std::max(limits.lifetime_max, limits.lifetime_default);
  return limits;
}

}  // namespace

Result<std::unique_ptr<FieldNode>> FieldNode::open(TimePoint now, const security::Kit& kit,
                                                   const Settings& settings, World world) {
  if (const auto checked = security::check_kit(kit); !checked) {
    return tl::make_unexpected(checked.error());
  }
  if (const auto checked = check_guests(kit, settings.sip_guests); !checked) {
    return tl::make_unexpected(checked.error());
  }
  const auto boot = count_boot(world.state);
  if (!boot) return tl::make_unexpected(boot.error());
  return std::unique_ptr<FieldNode>{new FieldNode(std::make_unique<Core>(
      now, kit, settings, world, NodeStart{*boot, new_prekey(*boot, world.random)},
      random_number(world.random)))};
}

FieldNode::FieldNode(std::unique_ptr<Core> core) : core_(std::move(core)) {}
FieldNode::~FieldNode() = default;

void FieldNode::link_up(TimePoint now, LinkId link, std::size_t datagram_bytes_max,
                        const radio::LinkProfile& profile) {
  core_->link_up(now, link, datagram_bytes_max, profile);
}
void FieldNode::link_down(TimePoint now, LinkId link) { core_->link_down(now, link); }
void FieldNode::candidate(TimePoint now, const LinkPath& path) { core_->candidate(now, path); }
void FieldNode::candidate_gone(TimePoint now, const LinkPath& path) {
  core_->candidate_gone(now, path);
}
void FieldNode::peer_named(TimePoint now, const IpEndpoint& peer) { core_->peer_named(now, peer); }
void FieldNode::receive_link(TimePoint now, const LinkPath& from, BytesView datagram) {
  core_->receive_link(now, from, datagram);
}
void FieldNode::overheard(TimePoint now, LinkId link, std::size_t datagram_bytes) {
  core_->overheard(now, link, datagram_bytes);
}
void FieldNode::receive_phone(TimePoint now, const sip::PhoneAddress& from, BytesView message) {
  core_->receive_phone(now, from, message);
}
void FieldNode::phone_connection_ended(TimePoint now, const sip::PhoneAddress& phone) {
  core_->phone_connection_ended(now, phone);
}
void FieldNode::receive_media(TimePoint now, std::uint16_t local_port, const IpEndpoint& from,
                              BytesView datagram) {
  core_->receive_media(now, local_port, from, datagram);
}
std::uint64_t FieldNode::look_up(TimePoint now, std::string_view aor) {
  return core_->look_up(now, aor);
}
const overlay::Directory& FieldNode::directory() const { return core_->directory(); }
const mesh::Router& FieldNode::router() const { return core_->router(); }
void FieldNode::advance(TimePoint now) { core_->advance(now); }
std::optional<FieldNode::Output> FieldNode::poll() { return core_->poll(); }
std::optional<TimePoint> FieldNode::deadline() const { return core_->deadline(); }
Report FieldNode::report(TimePoint now, Question question) const {
  return core_->report(now, question);
}

HealthReport FieldNode::check_health(TimePoint now) { return core_->check_health(now); }
TraceReport FieldNode::trace(TimePoint now, std::string_view target, std::uint64_t number) {
  return core_->trace(now, target, number);
}
ServicesReport FieldNode::services(TimePoint now, std::string_view service, std::uint64_t number) {
  return core_->services(now, service, number);
}

FieldNode::Core::Core(TimePoint now, const security::Kit& kit, const Settings& settings,
                      const World& world, const NodeStart& start, std::uint64_t seed)
    : kit_(kit),
      settings_(settings),
      self_(security::node_id_of(kit)),
      boot_(start.boot),
      started_(now),
      trust_(security::trust_store_of(kit, world.certificates, world.clock, world.roster)),
      // The two know each other; neither asks the other anything while it is made.
      mesh_(identity_of(kit, start), trust_, rendezvous_, world.random, seed,
            neighbours_limits(settings), &world.state),
      rendezvous_(kit_, trust_, mesh_.next_hops(), world.records, directory_limits(settings),
                  seed + 1),
      partners_({}, seed + 3),
      keeper_(world.messages, world.seen, outbox_limits(settings), seed + 2),
      post_({self_, security::Secret32{kit.ed25519_private}}, PostOffice::home_users_of(kit_),
            rendezvous_, keeper_.outbox(), world.state, world.random),
      tracer_(
          self_, {},
          [this](TimePoint at, const TraceQuestion& question) { return trace_here(at, question); },
          seed + 4),
      peer_cache_(world.state, {}),
      credentials_(kit_),
      edge_(edge_config(kit, settings), rendezvous_, credentials_, keeper_, world.media,
            world.random),
      registrations_(world.state),
      direct_(self_, kit.discovery_key, world.random),
      provisioned_(trust_.node_count()) {
  kit_.roster = {};  // all of it is in the trust store now, and it may be large
  if (provisioned_ <= named_max) name_nodes();
  rendezvous_.start(now, boot_,
                    {start.prekey.id, security::x25519_public(start.prekey.private_key.octets)});
  rendezvous_.offer(now, settings_.services, settings_.services_note);
  keeper_.start(now);
  post_.start(now);
  note(Note::Level::info,
       fmt::format("{} of {} starts, start number {}", kit_.node_name, kit_.overlay, boot_));
  warn_of_dates(kit, world.clock);
  if (!registrations_.restore(now, edge_)) {
    note(Note::Level::warning,
         "the registrations of before this start cannot be read; phones register again by "
         "themselves");
  }
  settle(now);
}

/// Those whom all kits know.
void FieldNode::Core::name_nodes() {
  if (std::exchange(named_, true)) return;
  mesh_.add_name(self_);
  for (const auto& node : trust_.nodes()) mesh_.add_name(node.id);
}

void FieldNode::Core::link_up(TimePoint now, LinkId link, std::size_t datagram_bytes_max,
                              const radio::LinkProfile& profile) {
  auto& traffic = traffic_[link];
  traffic.up = true;
  traffic.datagram_bytes_max = datagram_bytes_max;
  traffic.answer_within =
      profile.metered() ? radio::exchange_time(profile, datagram_bytes_max) : Duration{};
  traffic.carries_directory = fits_directory(profile);
  if (!traffic.carries_directory) traffic.answer_within = channel_exchange(profile);
  set_pace();
  if (profile.metered()) name_nodes();
  happened({.kind = NodeEvent::Kind::link_up, .detail = link_name(link)});
  if (!traffic.carries_directory) {
    mesh_.metered().link_up(now, link, datagram_bytes_max, profile);
    for (const auto& aor : keeper_.recipients(now)) review_recipient(now, aor);
    return settle(now);
  }
  mesh_.neighbours().link_up(now, link, datagram_bytes_max, settings_.beacons, profile);
  traffic.ip =
      link.number >= settings_.links.size() || settings_.links[link.number].kind == LinkKind::udp;
  // Where nobody is told by broadcast all that is known of others is their addresses.
  traffic.direct = traffic.ip && !settings_.beacons && !profile.metered();
  set_direct(now);
  for (const auto& peer : settings_.peers) try_peer(now, link, peer);
  for (const auto& peer : peer_cache_.peers()) {
    if (peer.interface != link_name(link)) continue;
    if (membership_ == overlay::Membership::buckets) {
      rendezvous_.add_entrance(now, {link, peer.address});
    } else {
      mesh_.neighbours().add_candidate(now, {link, peer.address});
    }
  }
  settle(now);
}

void FieldNode::Core::link_down(TimePoint now, LinkId link) {
  traffic_[link].up = false;
  set_pace();
  set_direct(now);
  happened({.kind = NodeEvent::Kind::link_down, .detail = link_name(link)});
  mesh_.neighbours().link_down(now, link);
  mesh_.metered().link_down(link);
  settle(now);
}

/// Above the hops nobody knows over which link something goes: they go by the slowest, and where
/// that would hold up the others too, only if there are no others.
void FieldNode::Core::set_pace() {
  Duration slowest{};
  bool everywhere = true;
  bool some_without_directory = false;
  bool none_with_directory = true;
  std::size_t datagram_bytes_max = 0;
  for (const auto& [id, link] : traffic_) {
    if (!link.up) continue;
    if (link.answer_within > slowest) datagram_bytes_max = link.datagram_bytes_max;
    slowest = std::max(slowest, link.answer_within);
    everywhere = everywhere && link.answer_within > Duration{};
    some_without_directory |= !link.carries_directory;
    none_with_directory &= !link.carries_directory;
  }
  rendezvous_.set_without_directory(some_without_directory,
                                    some_without_directory && none_with_directory);
  mesh_.set_pace(slowest, everywhere && slowest > Duration{}, datagram_bytes_max);
  if (everywhere) rendezvous_.set_pace(slowest);
  post_.set_pace(slowest);
  tracer_.set_pace(slowest);
  keeper_.outbox().set_pace(slowest);
}

/// Where it takes longer than that to say the records of all nodes in the kit once to each of the
/// others they fill the channel. There the kit itself is the directory.
bool FieldNode::Core::fits_directory(const radio::LinkProfile& profile) const {
  if (!profile.metered()) return true;
  const auto nodes = static_cast<double>(trust_.node_count());
  const double bits = 8.0 * directory_bytes_of_node * nodes * std::max(nodes - 1, 1.0);
  return bits / static_cast<double>(profile.bitrate_bps) <= directory_airtime_max_s;
}

void FieldNode::Core::try_peer(TimePoint now, LinkId link, const IpEndpoint& peer) {
  const auto& traffic = traffic_[link];
  const auto address = LinkAddress::from_ip(peer);
  if (traffic.direct) rendezvous_.add_entrance(now, {link, address});
  if (traffic.ip && membership_ == overlay::Membership::everybody) {
    mesh_.neighbours().add_static_peer(now, link, address);
  }
}

void FieldNode::Core::peer_named(TimePoint now, const IpEndpoint& peer) {
  auto& peers = settings_.peers;
  if (std::find(peers.begin(), peers.end(), peer) != peers.end()) return;
  peers.push_back(peer);
  for (const auto& [link, traffic] : traffic_) {
    if (traffic.up && traffic.carries_directory) try_peer(now, link, peer);
  }
  settle(now);
}

void FieldNode::Core::candidate(TimePoint now, const LinkPath& path) {
  mesh_.neighbours().add_candidate(now, path);
  settle(now);
}

void FieldNode::Core::candidate_gone(TimePoint now, const LinkPath& path) {
  mesh_.neighbours().remove_candidate(now, path);
  settle(now);
}

void FieldNode::Core::receive_link(TimePoint now, const LinkPath& from, BytesView datagram) {
  auto& traffic = traffic_[from.link];
  ++traffic.frames_received;
  traffic.bytes_received += datagram.size();
  const auto type = datagram.empty() ? security::DatagramType{}
                                     : static_cast<security::DatagramType>(datagram[0]);
  if (mesh_.metered().has(from.link)) {
    mesh_.metered().receive(now, from.link, datagram);
  } else if (type == security::DatagramType::direct) {
    receive_direct(now, from, datagram);
  } else {
    mesh_.neighbours().receive(now, from, datagram);
  }
  settle(now);
}

void FieldNode::Core::overheard(TimePoint now, LinkId link, std::size_t datagram_bytes) {
  mesh_.neighbours().overheard(now, link, datagram_bytes);
  mesh_.metered().overheard(now, link, datagram_bytes);
  settle(now);
}

void FieldNode::Core::receive_phone(TimePoint now, const sip::PhoneAddress& from,
                                    BytesView message) {
  if (!find_first(now, from, message)) edge_.receive_phone(now, from, message);
  settle(now);
}

void FieldNode::Core::phone_connection_ended(TimePoint now, const sip::PhoneAddress& phone) {
  edge_.connection_ended(now, phone);
  settle(now);
}

void FieldNode::Core::receive_media(TimePoint now, std::uint16_t port, const IpEndpoint& from,
                                    BytesView datagram) {
  edge_.receive_rtp(now, port, from, datagram);
  settle(now);
}

void FieldNode::Core::advance(TimePoint now) {
  mesh_.advance(now);
  partners_.advance(now);
  settle_partners(now);
  rendezvous_.advance(now);
  edge_.advance(now);
  keeper_.outbox().advance(now);
  post_.advance(now);
  tracer_.advance(now);
  peer_cache_.advance(now);
  registrations_.advance(now, edge_);
  look_for_recipients(now);
  review_membership(now);
  leave_idle(now);
  settle(now);
}

std::optional<FieldNode::Output> FieldNode::Core::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> FieldNode::Core::deadline() const {
  auto due = earlier(earlier(mesh_.deadline(), rendezvous_.deadline()),
                     earlier(edge_.deadline(), keeper_.outbox().deadline()));
  due = earlier(earlier(due, registrations_.deadline()), partners_.deadline());
  due = earlier(earlier(due, post_.deadline()), peer_cache_.deadline());
  due = earlier(earlier(due, tracer_.deadline()), leave_idle_at_);
  for (const auto& each : reaching_requests_) due = earlier(due, each.until);
  return earlier(due, look_for_recipients_at_);
}

/// Carries what each part puts out to the part it is for, until all are quiet.
void FieldNode::Core::settle(TimePoint now) {
  bool busy = true;
  while (busy) {
    mesh_.settle(now);
    busy = settle_mesh(now);
    busy |= settle_rendezvous(now);
    busy |= settle_edge(now);
    busy |= settle_outbox(now);
    busy |= settle_post(now);
    busy |= settle_tracer(now);
  }
  registrations_.look(now, edge_);
}

void FieldNode::Core::warn_of_dates(const security::Kit& kit, const ports::WallClock* clock) {
  const auto own = security::read_certificate(kit.node_certificate_der);
  if (clock == nullptr || !own || own->validity.covers(clock->unix_s())) return;
  const bool over = clock->unix_s() > own->validity.not_after;
  note(Note::Level::warning,
       fmt::format(
           "by this machine's clock the certificate of {} {}; it works all the same. Set the "
           "clock, or have the authority make a new kit",
           kit_.node_name, over ? "has ended" : "has not begun"));
}

void FieldNode::Core::identity_cloned(const NodeId& node) {
  note(
      Note::Level::warning,
      fmt::format("cloned identity: two machines are {} ({}); is a copy of its disk or kit in use?",
                  rendezvous_.name_of(node), node.hex()));
  happened({.kind = NodeEvent::Kind::identity_cloned, .node = known_as(node)});
}

bool FieldNode::Core::phone_here(const std::string& aor) const {
  const auto here = registered_here_.find(aor);
  return here != registered_here_.end() && here->second;
}

bool FieldNode::Core::settle_outbox(TimePoint now) {
  bool busy = false;
  while (auto output = keeper_.outbox().poll()) {
    busy = true;
    if (const auto* attempt = std::get_if<dtn::Outbox::Attempt>(&*output)) {
      post_.attempt(now, *attempt, phone_here(attempt->message.to));
    } else if (const auto* expired = std::get_if<dtn::Outbox::Expired>(&*output)) {
      post_.forget(expired->id);
      note(Note::Level::warning, fmt::format("message {} from {} to {} has expired undelivered",
                                             expired->id.number, expired->from, expired->to));
      happened(
          {.kind = NodeEvent::Kind::message_expired, .from = expired->from, .to = expired->to});
    }
  }
  return busy;
}

void FieldNode::Core::note(Note::Level level, std::string text) {
  outputs_.push_back(Note{level, std::move(text)});
}

void FieldNode::Core::happened(NodeEvent event) { outputs_.push_back(Happened{std::move(event)}); }

std::string FieldNode::Core::known_as(const NodeId& node) const {
  auto name = rendezvous_.name_of(node);
  return name.empty() ? node.hex() : name;
}

std::string FieldNode::Core::link_name(LinkId link) const {
  return link.number < settings_.links.size() ? settings_.links[link.number].name() : std::string{};
}

}  // namespace muster::node
