// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "discovery/peer_cache.hpp"
#include "node/direct_datagrams.hpp"
#include "node/directory_partners.hpp"
#include "node/field_node.hpp"
#include "node/mesh_stack.hpp"
#include "node/message_keeper.hpp"
#include "node/phone_credentials.hpp"
#include "node/post_office.hpp"
#include "node/registration_keeper.hpp"
#include "node/rendezvous.hpp"
#include "node/service_finder.hpp"
#include "node/tracer.hpp"
#include "security/trust_store.hpp"
#include "sip/edge.hpp"

namespace muster::node {

/// What was read from the state store at this start.
struct NodeStart {
  std::uint32_t boot = 0;
  security::OwnPrekey prekey;
};

/// What FieldNode is made of, and how outputs of one part become inputs of another.
class FieldNode::Core {
 public:
  Core(TimePoint now, const security::Kit& kit, const Settings& settings, const World& world,
       const NodeStart& start, std::uint64_t seed);

  void link_up(TimePoint now, LinkId link, std::size_t datagram_bytes_max,
               const radio::LinkProfile& profile);
  void link_down(TimePoint now, LinkId link);
  void candidate(TimePoint now, const LinkPath& path);
  void candidate_gone(TimePoint now, const LinkPath& path);
  void peer_named(TimePoint now, const IpEndpoint& peer);
  void receive_link(TimePoint now, const LinkPath& from, BytesView datagram);
  void overheard(TimePoint now, LinkId link, std::size_t datagram_bytes);
  void receive_phone(TimePoint now, const sip::PhoneAddress& from, BytesView message);
  void phone_connection_ended(TimePoint now, const sip::PhoneAddress& phone);
  void receive_media(TimePoint now, std::uint16_t port, const IpEndpoint& from, BytesView datagram);
  std::uint64_t look_up(TimePoint now, std::string_view aor);
  void advance(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] Report report(TimePoint now, Question question) const;
  [[nodiscard]] HealthReport check_health(TimePoint now);
  [[nodiscard]] TraceReport trace(TimePoint now, std::string_view target, std::uint64_t number);
  [[nodiscard]] ServicesReport services(TimePoint now, std::string_view service,
                                        std::uint64_t number);
  [[nodiscard]] const overlay::Directory& directory() const { return rendezvous_.directory(); }
  [[nodiscard]] const mesh::Router& router() const { return mesh_.router(); }

 private:
  // field_node.cpp
  void settle(TimePoint now);
  bool settle_outbox(TimePoint now);
  void set_pace();
  void try_peer(TimePoint now, LinkId link, const IpEndpoint& peer);
  [[nodiscard]] bool fits_directory(const radio::LinkProfile& profile) const;
  void name_nodes();
  void warn_of_dates(const security::Kit& kit, const ports::WallClock* clock);
  void identity_cloned(const NodeId& node);
  [[nodiscard]] bool phone_here(const std::string& aor) const;
  void note(Note::Level level, std::string text);
  void happened(NodeEvent event);
  [[nodiscard]] std::string known_as(const NodeId& node) const;
  [[nodiscard]] std::string link_name(LinkId link) const;
  // field_node_mesh.cpp
  bool settle_mesh(TimePoint now);
  void carry_out(TimePoint now, MeshStack::Output output);
  void gave_up(TimePoint now, const MeshStack::GaveUp& gave_up);
  void neighbour_changed(TimePoint now, const MeshStack::NeighbourChanged& change);
  void route_changed(TimePoint now, const MeshStack::RouteChanged& change);
  void settle_partners(TimePoint now);
  [[nodiscard]] bool reached_directly(const NodeId& peer) const;
  void remember_neighbours(TimePoint now);
  // field_node_directory.cpp
  bool settle_rendezvous(TimePoint now);
  void send_directory(TimePoint now);
  void review_recipient(TimePoint now, const std::string& aor);
  // field_node_edge.cpp
  bool settle_edge(TimePoint now);
  void carry_out(TimePoint now, sip::Edge::Output output);
  void binding_changed(TimePoint now, const sip::Edge::BindingChanged& change);
  void phone_elsewhere(TimePoint now, const Rendezvous::PhoneElsewhere& phone);
  void send_to_node(TimePoint now, const sip::Edge::ToNode& send);
  void outcome(TimePoint now, const sip::Edge::StoredOutcome& outcome);
  void outcome(TimePoint now, dtn::MessageId id, dtn::Outcome outcome);
  void note_event(const sip::Event& event);
  // field_node_post.cpp
  bool settle_post(TimePoint now);
  void carry_out(TimePoint now, PostOffice::Output output);
  void post_ended(TimePoint now, const PostOffice::Ended& ended);
  // field_node_find.cpp
  bool find_first(TimePoint now, const sip::PhoneAddress& from, BytesView message);
  void let_go(TimePoint now, const sip::PhoneAddress& phone);
  void looked_up(TimePoint now, const Rendezvous::LookedUp& answer);
  void look_for_recipients(TimePoint now);
  // field_node_reach.cpp
  void reach(TimePoint now, const NodeId& node);
  void node_found(TimePoint now, const Rendezvous::NodeFound& found);
  [[nodiscard]] bool reach_first(TimePoint now, const std::string& aor,
                                 const sip::PhoneAddress& from, BytesView request);
  void let_wait_end(TimePoint now, const std::optional<NodeId>& reached);
  void leave_idle(TimePoint now);
  // field_node_direct.cpp
  void set_direct(TimePoint now);
  void review_membership(TimePoint now);
  void receive_direct(TimePoint now, const LinkPath& from, BytesView datagram);
  void send_direct(TimePoint now, const Rendezvous::SendToNode& send);
  // field_node_trace.cpp
  [[nodiscard]] TraceAnswer trace_here(TimePoint now, const TraceQuestion& question) const;
  [[nodiscard]] TraceReport::Step trace_step(const Tracer::Visit& visit) const;
  std::uint64_t begin_trace(TimePoint now, std::string_view target);
  void trace_looked_up(TimePoint now, const Rendezvous::LookedUp& answer);
  void came_to(std::uint64_t trace, std::string state);
  bool settle_tracer(TimePoint now);
  // field_node_services.cpp
  std::uint64_t seek_services(TimePoint now, std::string_view service);
  void service_looked_up(TimePoint now, const Rendezvous::LookedUp& answer);
  [[nodiscard]] std::vector<ServicesReport::Offer> offers(
      TimePoint now, std::string_view service, const ServiceFinder::Question* question) const;
  [[nodiscard]] std::size_t silent_nodes() const;
  // field_node_report.cpp
  [[nodiscard]] StatusReport status(TimePoint now) const;
  [[nodiscard]] std::vector<PeerReport> peers() const;
  [[nodiscard]] std::vector<RouteReport> routes() const;
  [[nodiscard]] std::vector<StatusReport::Counter> counters() const;
  [[nodiscard]] std::vector<LinkReport> links() const;

  struct LinkTraffic {
    bool up = false;
    std::size_t datagram_bytes_max = 0;
    Duration answer_within{};       ///< zero on a link that need not be spared
    bool carries_directory = true;  ///< else it belongs to MeteredMesh
    bool ip = false;                ///< peers are told by their IP addresses
    bool direct = false;  ///< a question for any address arrives there, as on the internet
    std::uint64_t frames_sent = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t frames_received = 0;
    std::uint64_t bytes_received = 0;
  };

  security::Kit kit_;
  Settings settings_;
  NodeId self_;
  std::uint32_t boot_;
  TimePoint started_;
  security::TrustStore trust_;
  MeshStack mesh_;
  Rendezvous rendezvous_;
  DirectoryPartners partners_;
  MessageKeeper keeper_;
  PostOffice post_;
  Tracer tracer_;
  ServiceFinder finder_;
  discovery::PeerCache peer_cache_;
  PhoneCredentials credentials_;
  sip::Edge edge_;
  RegistrationKeeper registrations_;
  std::map<MeshStack::MessageNumber, std::uint64_t> edge_numbers_;  ///< of messages under way
  std::map<MeshStack::MessageNumber, std::uint64_t> post_numbers_;  ///< likewise
  std::map<std::string, bool> registered_here_;                     ///< by AoR
  std::map<LinkId, LinkTraffic> traffic_;
  DirectDatagrams direct_;
  std::size_t provisioned_;  ///< nodes that the kit knew
  overlay::Membership membership_ = overlay::Membership::everybody;
  bool named_ = false;                             ///< the nodes of the roster have short names
  std::vector<Rendezvous::Send> directory_sends_;  ///< of this moment
  std::set<std::uint64_t> look_ups_asked_for_;     ///< by look_up(): the answer is put out
  struct Finding {
    sip::PhoneAddress from;
    Bytes message;
  };
  std::map<std::uint64_t, Finding> finding_;  ///< requests whose callee is being looked up
  std::optional<TimePoint> look_for_recipients_at_;
  /// Requests whose callee is known, while the way to him is made.
  struct Reaching {
    std::vector<NodeId> nodes;  ///< any of them will do
    TimePoint until;
    Finding request;
  };
  std::vector<Reaching> reaching_requests_;
  std::map<NodeId, TimePoint> reaching_;  ///< nodes on the way to a session, until then
  std::optional<TimePoint> leave_idle_at_;
  std::map<std::uint64_t, std::uint64_t> tracing_;     ///< by look-up: the trace that waits for it
  std::map<std::uint64_t, std::string> trace_states_;  ///< by trace: what its look-up came to
  HealthReport health_;
  std::optional<TimePoint> health_checked_at_;
  std::deque<Output> outputs_;
};

}  // namespace muster::node
