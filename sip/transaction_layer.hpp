// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "sip/hop.hpp"
#include "sip/invite_client_transaction.hpp"
#include "sip/invite_server_transaction.hpp"
#include "sip/message.hpp"
#include "sip/non_invite_client_transaction.hpp"
#include "sip/non_invite_server_transaction.hpp"
#include "sip/precedence_of.hpp"
#include "sip/response_context.hpp"

namespace muster::sip {

using ServerNumber = std::uint64_t;

/// All transactions of one SIP element: matches what arrives (RFC 3261 sections 17.1.3 and 17.2.3,
/// with the rules for RFC 2543), drives the machines, and keeps the messages they repeat.
class TransactionLayer {
 public:
  struct Limits {
    /// In a full table an answered transaction, kept only for repetitions, makes room for a new
    /// one.
    std::size_t transactions_max = 1024;
  };
  /// Bytes for a hop. `client` is 0 for a response or ACK.
  struct Send {
    Hop to;
    Bytes message;
    ClientNumber client;
    bool invite;  ///< the INVITE itself
    Precedence precedence;
  };
  /// A new request (never ACK); answered with respond().
  struct RequestArrived {
    ServerNumber server;
    Hop from;
    Message request;
  };
  /// The ACK of a 2xx, which belongs to no transaction.
  struct AckArrived {
    Hop from;
    Message ack;
  };
  struct ResponseArrived {
    ClientNumber client;
    Hop from;
    Message response;
  };
  /// Nobody answered in time.
  struct TimedOut {
    ClientNumber client;
  };
  using Output = std::variant<Send, RequestArrived, AckArrived, ResponseArrived, TimedOut>;

  struct Counters {
    std::uint64_t unmatched = 0;   ///< responses of no transaction (RFC 6026: not forwarded)
    std::uint64_t over_limit = 0;  ///< requests that found the table full
    std::uint64_t forgotten = 0;   ///< answered transactions that made room for new ones
  };

  TransactionLayer(Limits limits, TransactionTimes times) : limits_(limits), times_(times) {}

  void receive(TimePoint now, const Hop& from, Message message);
  /// The INVITE that this CANCEL means, if its transaction lives.
  [[nodiscard]] std::optional<ServerNumber> invite_of(const Hop& from, const Message& cancel) const;
  /// Answers a request. Nothing happens if its transaction has ended or has a final response.
  /// Returns whether the response was taken.
  bool respond(TimePoint now, ServerNumber server, const Message& response);
  /// Starts a client transaction; the topmost Via of `request` holds a fresh branch.
  /// Nothing if the table is full.
  [[nodiscard]] std::optional<ClientNumber> request(TimePoint now, const Hop& to, Message request);
  void abandon(ClientNumber client);
  /// The request as it was sent, while its transaction lives.
  [[nodiscard]] const Message* request_of(ClientNumber client) const;
  [[nodiscard]] std::optional<Hop> hop_of(ClientNumber client) const;
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t size() const { return clients_.size() + servers_.size(); }

 private:
  using ClientMachine = std::variant<InviteClientTransaction, NonInviteClientTransaction>;
  using ServerMachine = std::variant<InviteServerTransaction, NonInviteServerTransaction>;
  struct ClientEntry {
    std::string key;
    Hop to;
    Message request;
    ClientMachine machine;
    std::optional<TimePoint> due;
  };
  struct ServerEntry {
    std::string key;
    Hop from;
    PhoneAddress reply_to;  // over UDP: by received and rport
    ServerMachine machine;
    Precedence precedence;
    Bytes last_response;
    std::optional<TimePoint> due;
  };

  /// True if there is room for one more transaction, now or by forgetting the oldest answered one.
  [[nodiscard]] bool make_room();
  void end_server(ServerNumber number);
  void receive_request(TimePoint now, const Hop& from, Message request);
  void receive_response(TimePoint now, const Hop& from, Message response);
  void start_server(const Hop& from, std::string key, Message request);
  void drain_client(ClientNumber number, const Message* response, const Hop* from);
  void drain_server(ServerNumber number, const Message* ack);
  void send_to_client_hop(ClientNumber number, const ClientEntry& entry, const Message& message);
  void reschedule(std::uint64_t number, std::optional<TimePoint>& due,
                  std::optional<TimePoint> wanted);

  Limits limits_;
  TransactionTimes times_;
  std::uint64_t last_number_ = 0;
  std::unordered_map<ClientNumber, ClientEntry> clients_;
  std::unordered_map<ServerNumber, ServerEntry> servers_;
  std::unordered_map<std::string, ClientNumber> client_keys_;
  std::unordered_map<std::string, ServerNumber> server_keys_;
  std::set<std::pair<TimePoint, std::uint64_t>> due_;
  std::set<ServerNumber> answered_;  ///< finally, and not by a 2xx to an INVITE
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::sip
