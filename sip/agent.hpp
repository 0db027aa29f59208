// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "core/ports/random.hpp"
#include "sip/agent_call.hpp"
#include "sip/agent_event.hpp"
#include "sip/digest_client.hpp"
#include "sip/token_source.hpp"
#include "sip/transaction_layer.hpp"

namespace muster::sip {

/// A SIP phone (RFC 3261 user agent over UDP, RFC 3428 MESSAGE) with one line: registers, calls,
/// answers, sends and shows text. Towards the rest of the world it is any other phone.
///
/// A pure machine. What is not SIP or RTP is counted and dropped.
class Agent {
 public:
  struct Limits {
    std::size_t text_bytes_max = 8 * 1024;  ///< of a message to be sent
    unsigned challenges_max = 3;            ///< answered for one request: proxies, then the server
    AgentMedia::Limits media;
  };
  struct Config {
    std::string user;
    std::string domain;  ///< the AoR is sip:user@domain
    IpEndpoint own;      ///< our SIP socket, as others reach it
    IpEndpoint media;    ///< our RTP socket
    /// Registrar and proxy for all requests outside of a dialog; if there is none they go to the
    /// address in their URI.
    std::optional<IpEndpoint> registrar;
    bool answers = false;  ///< calls are answered; else refused with 480
    Duration answer_after{};
    Duration ring_max = std::chrono::seconds{60};  ///< then our call is given up
    std::uint32_t registration_seconds = 120;      ///< renewed at half of what is granted
    TransactionTimes times;
    Limits limits;
  };
  struct Counters {
    std::uint64_t malformed = 0;      ///< datagrams that are no SIP
    std::uint64_t unroutable = 0;     ///< requests of ours for a name instead of an address
    std::uint64_t stray_acks = 0;     ///< of no call of ours
    std::uint64_t media_outside = 0;  ///< RTP while there is no call
  };
  using Output = AgentEvent;

  Agent(Config config, DigestClient digest, ports::Random& random);

  /// Registers, and again before it runs out, until `unregister`. A registrar that does not answer
  /// is asked again after 2 s, then ever more slowly up to every 30 s.
  void register_here(TimePoint now);
  void unregister(TimePoint now);
  /// False if there is a call already, or no address to send to.
  [[nodiscard]] bool call(TimePoint now, const Uri& to);
  /// Ends the call, whatever its state: CANCEL, BYE or a refusal. Harmless without one.
  void hang_up(TimePoint now);
  /// To be said in the call there is, at 48 kHz; ignored without one that is established.
  void say(std::span<const std::int16_t> samples);
  /// Sends text; the answer comes as MessageAnswered with the number returned. Nothing if the text
  /// is too long or there is no address to send to.
  [[nodiscard]] std::optional<std::uint64_t> send_text(TimePoint now, const Uri& to,
                                                       std::string text);

  void receive(TimePoint now, const IpEndpoint& from, BytesView datagram);
  void receive_media(TimePoint now, const IpEndpoint& from, BytesView datagram);
  void advance(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  /// No call, nothing sent that is not answered, not registered and not about to be.
  [[nodiscard]] bool at_rest() const;
  [[nodiscard]] bool in_call() const { return call_.has_value(); }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  enum class Registration { none, asked, held, leaving };
  enum class Purpose { registration, invite, cancel, bye, text };
  struct Pending {
    Purpose purpose;
    std::uint64_t text = 0;  ///< its number
    unsigned challenges = 0;
  };
  enum class Timer { registration, ring, resend, confirmation, ending };
  static constexpr std::size_t timer_count = 5;

  // agent.cpp: sending, and what comes from the transactions
  void pump(TimePoint now);
  void take(TimePoint now, TransactionLayer::Send& send);
  void take(TimePoint now, TransactionLayer::RequestArrived& arrived);
  void take(TimePoint now, TransactionLayer::AckArrived& arrived);
  void take(TimePoint now, TransactionLayer::ResponseArrived& arrived);
  void take(TimePoint now, TransactionLayer::TimedOut& timed_out);
  Message outside_dialog(const std::string& method, const Uri& uri, const Uri& to);
  std::optional<IpEndpoint> first_hop(const Uri& uri) const;
  void add_via(Message& request);
  ClientNumber transmit(TimePoint now, const IpEndpoint& to, Message request, Pending pending);
  bool answer_challenge(TimePoint now, const TransactionLayer::ResponseArrived& arrived,
                        const Pending& pending);
  void finished(TimePoint now, ClientNumber client, const Pending& pending,
                const Message& response);
  void fire(TimePoint now, Timer timer);
  void start(Timer timer, TimePoint at) { timers_[static_cast<std::size_t>(timer)] = at; }
  void stop(Timer timer) { timers_[static_cast<std::size_t>(timer)].reset(); }
  std::string contact() const;

  // agent_registration.cpp
  void send_registration(TimePoint now, std::uint32_t seconds);
  void registration_answered(TimePoint now, const Message& response);

  // agent_calling.cpp: the call we make, and the end of any call
  void invite_answered(TimePoint now, ClientNumber client, const Message& response);
  void invite_succeeded(TimePoint now, ClientNumber client, const Message& success);
  void send_ack(const AgentDialog& dialog, std::uint32_t cseq);
  [[nodiscard]] bool is_of_call(const AgentDialog& dialog) const;
  void send_cancel(TimePoint now);
  void send_bye(TimePoint now, const AgentDialog& dialog);
  void leave(TimePoint now);
  void establish(TimePoint now, const AgentAudio& audio);
  void end_call(AgentCallEnd end);
  void pump_media();

  // agent_answering.cpp: requests of others
  void serve_invite(TimePoint now, const TransactionLayer::RequestArrived& arrived);
  void serve_reinvite(TimePoint now, const TransactionLayer::RequestArrived& arrived);
  void serve_cancel(TimePoint now, const TransactionLayer::RequestArrived& arrived);
  void serve_bye(TimePoint now, const TransactionLayer::RequestArrived& arrived);
  void serve_text(TimePoint now, const TransactionLayer::RequestArrived& arrived);
  void answer_call(TimePoint now);
  void succeed(TimePoint now, ServerNumber server, const Message& invite, std::string sdp);
  void respond(TimePoint now, const TransactionLayer::RequestArrived& arrived, unsigned status);
  AgentSdpOrigin sdp_origin() const;

  Config config_;
  DigestClient digest_;
  ports::Random& random_;
  TokenSource tokens_;
  TransactionLayer layer_;
  Counters counters_;
  std::uint32_t cseq_ = 0;
  std::uint64_t last_text_ = 0;
  Registration registration_ = Registration::none;
  std::string registration_call_id_;
  std::uint32_t registration_seconds_;
  Duration registration_pause_{};
  std::map<ClientNumber, Pending> pending_;
  std::optional<AgentCall> call_;
  std::array<std::optional<TimePoint>, timer_count> timers_;
  std::deque<Output> outputs_;
};

}  // namespace muster::sip
