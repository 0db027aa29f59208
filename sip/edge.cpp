// SPDX-License-Identifier: Apache-2.0
#include "sip/edge.hpp"

#include <utility>

#include "sip/binding_snapshot.hpp"
#include "sip/edge_core.hpp"

namespace muster::sip {

Edge::Edge(Config config, const Locator& locator, const CredentialSource& credentials,
           StoredMessages& stored, MediaSockets& sockets, ports::Random& random)
    : core_(std::make_unique<Core>(std::move(config), locator, credentials, stored, sockets,
                                   random)) {}
Edge::~Edge() = default;

void Edge::receive_phone(TimePoint now, const PhoneAddress& from, BytesView message) {
  core_->receive(now, from, message);
}
void Edge::receive_node(TimePoint now, const NodeId& from, BytesView message) {
  core_->receive(now, from, message);
}
void Edge::receive_rtp(TimePoint now, std::uint16_t local_port, const IpEndpoint& from,
                       BytesView packet) {
  core_->receive_rtp(now, local_port, from, packet);
}
void Edge::receive_media(TimePoint now, const NodeId& from, BytesView packet) {
  core_->receive_media(now, from, packet);
}
void Edge::connection_ended(TimePoint now, const PhoneAddress& phone) {
  core_->connection_ended(now, phone);
}
bool Edge::phone_elsewhere(TimePoint now, std::string_view aor, std::uint64_t instance,
                           TimePoint registered_at) {
  return core_->phone_elsewhere(now, aor, instance, registered_at);
}
bool Edge::restore_registrations(TimePoint now, BytesView registrations) {
  return core_->restore_registrations(now, registrations);
}
void Edge::node_unreachable(TimePoint now, const NodeId& node, std::uint64_t number) {
  core_->node_unreachable(now, node, number);
}
void Edge::attempt_stored(TimePoint now, std::uint64_t id, std::string_view to, BytesView request) {
  core_->attempt_stored(now, id, to, request);
}
void Edge::show_message(TimePoint now, std::uint64_t number, std::string_view sender,
                        std::string_view recipient, BytesView request, std::string_view identity) {
  core_->show_message(now, number, sender, recipient, request, identity);
}
void Edge::advance(TimePoint now) { core_->advance(now); }
std::optional<Edge::Output> Edge::poll() { return core_->poll(); }
std::optional<TimePoint> Edge::deadline() const { return core_->deadline(); }
Edge::Counters Edge::counters() const { return core_->counters(); }
std::vector<std::string> Edge::registered_users() const { return core_->registered_users(); }
std::vector<RegisteredPhone> Edge::phones(std::string_view aor) const {
  return core_->registrar().phones(aor);
}
Bytes Edge::registrations(TimePoint now) const {
  return snapshot::encode(now, core_->registrar().location().all());
}
std::uint64_t Edge::registrations_revision() const { return core_->registrar().revision(); }
std::size_t Edge::calls() const { return core_->calls(); }

}  // namespace muster::sip
