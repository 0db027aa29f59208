// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sip/call_media.hpp"
#include "sip/call_table.hpp"
#include "sip/confirmation_table.hpp"
#include "sip/edge.hpp"
#include "sip/edge_names.hpp"
#include "sip/flow_table.hpp"
#include "sip/fork.hpp"
#include "sip/phone_authenticator.hpp"
#include "sip/registrar.hpp"
#include "sip/request_checks.hpp"
#include "sip/token_source.hpp"
#include "sip/transaction_layer.hpp"

namespace muster::sip {

/// Joins the machines of the edge: what one of them puts out is handed to the next here, until
/// all are quiet. Its functions stand in four files: edge_core (driving), edge_requests (what a
/// new request means), edge_forks (branches and responses), edge_messages (MESSAGE).
class Edge::Core {
 public:
  Core(Config config, const Locator& locator, const CredentialSource& credentials,
       StoredMessages& stored, MediaSockets& sockets, ports::Random& random);

  void receive(TimePoint now, const Hop& from, BytesView bytes);
  void receive_rtp(TimePoint now, std::uint16_t port, const IpEndpoint& from, BytesView packet);
  void receive_media(TimePoint now, const NodeId& from, BytesView packet);
  void connection_ended(TimePoint now, const PhoneAddress& phone);
  bool phone_elsewhere(TimePoint now, std::string_view aor, std::uint64_t instance,
                       TimePoint registered_at);
  bool restore_registrations(TimePoint now, BytesView registrations);
  void node_unreachable(TimePoint now, const NodeId& node, std::uint64_t number);
  void attempt_stored(TimePoint now, std::uint64_t id, std::string_view to, BytesView bytes);
  void show_message(TimePoint now, std::uint64_t number, std::string_view sender,
                    std::string_view recipient, BytesView bytes, std::string_view known_identity);
  void advance(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  [[nodiscard]] Counters counters() const;
  [[nodiscard]] std::vector<std::string> registered_users() const {
    return registrar_.location().users();
  }
  [[nodiscard]] const Registrar& registrar() const { return registrar_; }
  [[nodiscard]] std::size_t calls() const { return calls_.size(); }

 private:
  // Driving.
  void emit(Output output);
  void pump(TimePoint now);
  bool pump_transactions(TimePoint now);
  bool pump_forks(TimePoint now);
  bool pump_confirmations(TimePoint now);
  void pump_registrar();
  void pump_media();
  void hand_on(TimePoint now, TransactionLayer::Send send);
  void hand_on(TimePoint now, TransactionLayer::RequestArrived arrived);
  void hand_on(TimePoint now, TransactionLayer::AckArrived arrived);
  void hand_on(TimePoint now, TransactionLayer::ResponseArrived arrived);
  void hand_on(TimePoint now, TransactionLayer::TimedOut timed_out);

  // What a new request means.
  void receive_register(TimePoint now, ServerNumber server, const PhoneAddress& from,
                        const Message& request);
  void send_home(TimePoint now, ServerNumber server, const PhoneAddress& from,
                 const Message& request);
  [[nodiscard]] bool is_guest(std::string_view user) const;
  /// Whether a phone at another address has registered as him.
  [[nodiscard]] bool taken(std::string_view guest, const PhoneAddress& by_other_than) const;
  /// `reason`, and as whom a phone there may register instead.
  [[nodiscard]] std::string with_free_guest(std::string reason, const PhoneAddress& phone) const;
  void receive_visitor(TimePoint now, ServerNumber server, const NodeId& from,
                       const Message& request);
  void register_visitor(TimePoint now, const Fork& fork);
  void receive_cancel(TimePoint now, ServerNumber server, const Hop& from, const Message& request);
  void answer_options(TimePoint now, ServerNumber server, const Message& request);
  [[nodiscard]] std::optional<Message> admit(TimePoint now, const Hop& from,
                                             const Message& request);
  [[nodiscard]] std::optional<Message> admit_node(const NodeId& from, const Message& request);
  void route(TimePoint now, ServerNumber server, const Hop& from, Message request);
  void route_to_user(TimePoint now, ServerNumber server, const Hop& from, Message request);
  [[nodiscard]] std::optional<Target> target_in_dialog(const Hop& from,
                                                       const Message& request) const;
  [[nodiscard]] std::vector<Target> phones_of(std::string_view aor) const;
  [[nodiscard]] std::vector<Target> nodes_of(std::string_view aor, const Uri& request_uri) const;
  void refuse(TimePoint now, ServerNumber server, const Message& request, const Refusal& refusal);
  void send_refusal(TimePoint now, ServerNumber server, const Message& request, Message response);
  void learn_flow(const Hop& from, const Message& message);

  // Branches and responses.
  [[nodiscard]] Fork make_fork(Fork::Purpose purpose, ServerNumber server, const Hop& from,
                               Message request) const;
  /// False if no branch could be started.
  bool start(TimePoint now, Fork fork, const std::vector<Target>& targets);
  bool add_branch(TimePoint now, ForkNumber number, Fork& fork, const Target& target);
  void cancel_branch(TimePoint now, const Fork& fork, ClientNumber branch);
  void carry_out(TimePoint now, ForkNumber number, Fork& fork, ResponseContext::Output output);
  void relay(TimePoint now, Fork& fork, ResponseContext::Forward forward);
  [[nodiscard]] bool passes_success(TimePoint now, const Fork& fork, const Hop& from,
                                    const Message& response);
  void follow_call(const Fork& fork, const Message& response);
  void begin_call(const Fork& fork);
  void end_call(std::string_view call_id, unsigned status);
  void look_for_nodes(TimePoint now);
  [[nodiscard]] bool lost_for_long(TimePoint now, Fork& fork, const Hop& hop) const;
  void forget_finished(TimePoint now);
  void send_ack(TimePoint now, const Hop& from, Message ack);
  [[nodiscard]] std::size_t bytes_max_towards(const Hop& hop) const;
  void send(const Hop& to, Bytes bytes, Precedence precedence, Duration give_up,
            ClientNumber number);

  // MESSAGE.
  void receive_message(TimePoint now, ServerNumber server, const Hop& from,
                       const Message& received);
  /// Nothing if a copy of it is on its way already, which the waiter then has joined.
  [[nodiscard]] std::optional<Fork> message_fork(const Hop& from, const Message& request,
                                                 std::string identity, MessageWaiter waiter);
  /// False if it could not be sent to any of `targets`.
  bool try_again(TimePoint now, Message request, const std::vector<Target>& targets,
                 MessageWaiter waiter);
  void settle_message(TimePoint now, ForkNumber number, Fork& fork,
                      const ResponseContext::Forward& outcome);
  void answer_waiter(TimePoint now, ForkNumber its_fork, const MessageWaiter& waiter,
                     const ResponseContext::Forward& outcome);
  [[nodiscard]] KeepResult keep(TimePoint now, const MessageWaiter::Request& waiter);
  void keep_or_refuse(TimePoint now, const MessageWaiter::Request& waiter, ForkNumber its_fork);
  void keep_earlier(TimePoint now, std::string_view to, ForkNumber than);
  void keep_unanswered(TimePoint now, Fork& fork);
  void keep_late(TimePoint now);
  [[nodiscard]] Bytes stored_form(const Message& request) const;

  Config config_;
  EdgeNames names_;
  const Locator& locator_;
  StoredMessages& stored_;
  TokenSource tokens_;
  PhoneAuthenticator authenticator_;
  Registrar registrar_;
  TransactionLayer transactions_;
  CallMedia media_;
  ConfirmationTable confirmations_;
  FlowTable flows_;
  CallTable calls_;
  ForkNumber last_fork_ = 0;
  std::map<ForkNumber, Fork> forks_;
  std::unordered_map<ClientNumber, ForkNumber> fork_of_client_;
  std::unordered_map<ServerNumber, ForkNumber> fork_of_server_;
  std::unordered_map<std::string, ForkNumber> messages_under_way_;  // by identity
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::sip
