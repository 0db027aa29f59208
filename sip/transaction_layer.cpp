// SPDX-License-Identifier: Apache-2.0
#include "sip/transaction_layer.hpp"

#include <type_traits>
#include <utility>

namespace muster::sip {

namespace {

/// RFC 3261 section 17.2.3. A node cannot touch a transaction that another node began, so the node
/// is part of the key; of a phone the address is not, for it may change its port behind a NAT.
std::string server_key(const Hop& from, const Message& request, const std::string& method) {
  const Via via = request.via_top().value_or(Via{});
  std::string key;
  if (const auto* node = std::get_if<NodeId>(&from)) key = node->hex();
  key += '|' + (method == "ACK" ? std::string{"INVITE"} : method) + '|';
  if (via.branch_is_unique()) return key + via.branch() + '|' + via.sent_by();
  // RFC 2543: the fields that a repetition shares. To is left out: that of the ACK has a tag more.
  return key + request.request_uri().str() + '|' + request.from().tag() + '|' + request.call_id() +
         '|' + std::to_string(request.cseq().number) + '|' + via.str();
}

std::string client_key(const std::string& branch, const std::string& method) {
  return branch + '|' + method;
}

/// RFC 3261 section 17.1.1.3.
Message ack_of(const Message& invite, const Message& response) {
  Message ack = Message::request("ACK", invite.request_uri());
  if (const auto via = invite.via_top()) ack.add("Via", via->str());
  ack.add("Max-Forwards", "70");
  for (const auto route : invite.headers("Route")) ack.add("Route", std::string{route});
  ack.add("From", std::string{invite.header("From").value_or("")});
  ack.add("To", std::string{response.header("To").value_or("")});
  ack.add("Call-ID", invite.call_id());
  ack.add("CSeq", CSeq{invite.cseq().number, "ACK"}.str());
  return ack;
}

/// RFC 3261 section 18.2.2 and RFC 3581 section 4: back to the source address; to the source port
/// too if the phone asked for it, else to the port it named. Over TCP: the connection it came by.
PhoneAddress reply_address(const PhoneAddress& from, const Message& request) {
  const auto via = request.via_top();
  if (!via || via->wants_rport() || from.transport == PhoneTransport::tcp) return from;
  return IpEndpoint{from.endpoint.address, via->port.value_or(5060)};
}

}  // namespace

void TransactionLayer::receive(TimePoint now, const Hop& from, Message message) {
  if (message.is_request()) {
    receive_request(now, from, std::move(message));
  } else {
    receive_response(now, from, std::move(message));
  }
}

void TransactionLayer::receive_request(TimePoint now, const Hop& from, Message request) {
  const std::string method = request.method();
  std::string key = server_key(from, request, method);
  const auto known = server_keys_.find(key);
  if (known == server_keys_.end()) {
    if (method == "ACK") {
      outputs_.emplace_back(AckArrived{from, std::move(request)});
    } else {
      start_server(from, std::move(key), std::move(request));
    }
    return;
  }
  const ServerNumber number = known->second;
  auto& machine = servers_.at(number).machine;
  if (auto* invite = std::get_if<InviteServerTransaction>(&machine)) {
    method == "ACK" ? invite->receive_ack(now) : invite->receive_request(now);
  } else {
    std::get<NonInviteServerTransaction>(machine).receive_request(now);
  }
  drain_server(number, &request);
}

/// Else whoever asks often enough (each question is refused, but remembered for 32 s) would shut
/// out everybody. What is lost is little: a repetition of the forgotten request is a new request.
bool TransactionLayer::make_room() {
  if (size() < limits_.transactions_max) return true;
  if (answered_.empty()) {
    ++counters_.over_limit;
    return false;
  }
  ++counters_.forgotten;
  end_server(*answered_.begin());
  return true;
}

void TransactionLayer::end_server(ServerNumber number) {
  ServerEntry& entry = servers_.at(number);
  reschedule(number, entry.due, std::nullopt);
  answered_.erase(number);
  server_keys_.erase(entry.key);
  servers_.erase(number);
}

void TransactionLayer::start_server(const Hop& from, std::string key, Message request) {
  if (!make_room()) return;
  const ServerNumber number = ++last_number_;
  const Transport transport = transport_of(from);
  const auto* phone = std::get_if<PhoneAddress>(&from);
  ServerEntry entry{.key = key,
                    .from = from,
                    .reply_to = phone ? reply_address(*phone, request) : PhoneAddress{},
                    .machine = NonInviteServerTransaction(transport, times_),
                    .precedence = precedence_of(request),
                    .last_response = {},
                    .due = {}};
  if (request.method() == "INVITE") entry.machine = InviteServerTransaction(transport, times_);
  servers_.emplace(number, std::move(entry));
  server_keys_.emplace(std::move(key), number);
  outputs_.emplace_back(RequestArrived{number, from, std::move(request)});
}

void TransactionLayer::receive_response(TimePoint now, const Hop& from, Message response) {
  const auto via = response.via_top();
  const auto known =
      via ? client_keys_.find(client_key(via->branch(), response.method())) : client_keys_.end();
  // A node answers only what was sent to it; a phone may answer from another of its addresses.
  if (known == client_keys_.end() ||
      (std::holds_alternative<NodeId>(clients_.at(known->second).to) &&
       clients_.at(known->second).to != from) ||
      clients_.at(known->second).to.index() != from.index()) {
    ++counters_.unmatched;
    return;
  }
  const ClientNumber number = known->second;
  std::visit([&](auto& machine) { machine.receive(now, static_cast<int>(response.status())); },
             clients_.at(number).machine);
  drain_client(number, &response, &from);
}

std::optional<ServerNumber> TransactionLayer::invite_of(const Hop& from,
                                                        const Message& cancel) const {
  const auto known = server_keys_.find(server_key(from, cancel, "INVITE"));
  if (known == server_keys_.end()) return std::nullopt;
  return known->second;
}

bool TransactionLayer::respond(TimePoint now, ServerNumber server, const Message& response) {
  const auto it = servers_.find(server);
  if (it == servers_.end()) return false;
  const bool taken = std::visit(
      [&](auto& machine) { return machine.respond(now, static_cast<int>(response.status())); },
      it->second.machine);
  if (!taken) return false;
  it->second.last_response = response.serialise();
  const bool accepts_call = std::holds_alternative<InviteServerTransaction>(it->second.machine) &&
                            response.status() < 300;
  if (response.status() >= 200 && !accepts_call) answered_.insert(server);
  drain_server(server, nullptr);
  return true;
}

std::optional<ClientNumber> TransactionLayer::request(TimePoint now, const Hop& to,
                                                      Message request) {
  if (!make_room()) return std::nullopt;
  const ClientNumber number = ++last_number_;
  const Transport transport = transport_of(to);
  const std::string method = request.method();
  std::string key = client_key(request.via_top().value_or(Via{}).branch(), method);
  ClientMachine machine = NonInviteClientTransaction(now, transport, times_);
  if (method == "INVITE") machine = InviteClientTransaction(now, transport, times_);
  client_keys_[key] = number;
  clients_.emplace(number,
                   ClientEntry{std::move(key), to, std::move(request), std::move(machine), {}});
  drain_client(number, nullptr, nullptr);
  return number;
}

void TransactionLayer::abandon(ClientNumber client) {
  const auto it = clients_.find(client);
  if (it == clients_.end()) return;
  std::visit([](auto& machine) { machine.abandon(); }, it->second.machine);
  drain_client(client, nullptr, nullptr);
}

const Message* TransactionLayer::request_of(ClientNumber client) const {
  const auto it = clients_.find(client);
  return it == clients_.end() ? nullptr : &it->second.request;
}

std::optional<Hop> TransactionLayer::hop_of(ClientNumber client) const {
  const auto it = clients_.find(client);
  if (it == clients_.end()) return std::nullopt;
  return it->second.to;
}

void TransactionLayer::advance(TimePoint now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const std::uint64_t number = due_.begin()->second;
    if (const auto client = clients_.find(number); client != clients_.end()) {
      std::visit([&](auto& machine) { machine.advance(now); }, client->second.machine);
      drain_client(number, nullptr, nullptr);
    } else {
      std::visit([&](auto& machine) { machine.advance(now); }, servers_.at(number).machine);
      drain_server(number, nullptr);
    }
  }
}

void TransactionLayer::send_to_client_hop(ClientNumber number, const ClientEntry& entry,
                                          const Message& message) {
  const bool ack = message.method() == "ACK";
  outputs_.emplace_back(Send{entry.to, message.serialise(), ack ? 0 : number,
                             !ack && entry.request.method() == "INVITE",
                             precedence_of(entry.request)});
}

void TransactionLayer::drain_client(ClientNumber number, const Message* response, const Hop* from) {
  ClientEntry& entry = clients_.at(number);
  const bool ended = std::visit(
      [&](auto& machine) {
        using Machine = std::decay_t<decltype(machine)>;
        using Said = typename Machine::Output;
        while (const auto said = machine.poll()) {
          if (*said == Said::send_request) {
            send_to_client_hop(number, entry, entry.request);
          } else if (*said == Said::time_out) {
            outputs_.emplace_back(TimedOut{number});
          } else if (*said == Said::pass_response) {
            outputs_.emplace_back(ResponseArrived{number, *from, *response});
          } else {  // only an INVITE's machine says more: its ACK
            send_to_client_hop(number, entry, ack_of(entry.request, *response));
          }
        }
        reschedule(number, entry.due, machine.deadline());
        return machine.state() == Machine::State::terminated;
      },
      entry.machine);
  if (!ended) return;
  if (const auto key = client_keys_.find(entry.key);
      key != client_keys_.end() && key->second == number) {
    client_keys_.erase(key);
  }
  clients_.erase(number);
}

void TransactionLayer::drain_server(ServerNumber number, const Message* ack) {
  ServerEntry& entry = servers_.at(number);
  const bool ended = std::visit(
      [&](auto& machine) {
        using Machine = std::decay_t<decltype(machine)>;
        while (const auto said = machine.poll()) {
          if (*said == Machine::Output::send_response) {
            const auto* node = std::get_if<NodeId>(&entry.from);
            outputs_.emplace_back(Send{node ? Hop{*node} : Hop{entry.reply_to}, entry.last_response,
                                       0, false, entry.precedence});
          } else if constexpr (std::is_same_v<Machine, InviteServerTransaction>) {
            if (*said == Machine::Output::pass_ack) {
              outputs_.emplace_back(AckArrived{entry.from, *ack});
            }
          }
        }
        reschedule(number, entry.due, machine.deadline());
        return machine.state() == Machine::State::terminated;
      },
      entry.machine);
  if (ended) end_server(number);
}

void TransactionLayer::reschedule(std::uint64_t number, std::optional<TimePoint>& due,
                                  std::optional<TimePoint> wanted) {
  if (due == wanted) return;
  if (due) due_.erase({*due, number});
  if (wanted) due_.insert({*wanted, number});
  due = wanted;
}

std::optional<TransactionLayer::Output> TransactionLayer::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> TransactionLayer::deadline() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace muster::sip
