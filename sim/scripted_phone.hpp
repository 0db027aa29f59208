// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "core/base/ip_endpoint.hpp"
#include "core/ports/random.hpp"
#include "sim/phone_event.hpp"
#include "sip/agent_dialog.hpp"
#include "sip/digest_client.hpp"
#include "sip/token_source.hpp"
#include "sip/transaction_layer.hpp"

namespace muster::sim {

/// An ordinary SIP phone over UDP as a scenario uses it: stays registered, places one call at a
/// time, answers at once, sends RTP of G.711's rate while it talks, sends and shows messages.
///
/// A pure machine, with the retransmissions and digest answers of a real phone (RFC 3261).
class ScriptedPhone {
 public:
  struct Config {
    std::string user;
    std::string domain;
    std::string password;
    IpEndpoint own;    ///< its SIP socket
    IpEndpoint media;  ///< its RTP socket
    IpEndpoint node;   ///< registrar and outbound proxy
    std::uint32_t registration_seconds = 600;
  };
  /// To the node's SIP socket.
  struct SendSip {
    Bytes message;
  };
  struct SendMedia {
    IpEndpoint to;
    Bytes packet;
  };
  using Output = std::variant<SendSip, SendMedia, PhoneEvent>;

  ScriptedPhone(Config config, ports::Random& random);

  // What a person does.
  /// Registers, and again before it runs out. A registrar that does not take it is asked again.
  void switch_on(TimePoint now);
  void dial(TimePoint now, const std::string& user);
  /// Sends no more RTP in the call there is.
  void fall_silent() { next_packet_.reset(); }
  /// CANCEL or BYE, whatever there is to end.
  void hang_up(TimePoint now);
  void message(TimePoint now, std::size_t tag, const std::string& user, std::string text);

  void receive(TimePoint now, BytesView message);
  void receive_media(BytesView packet);
  void advance(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] bool in_call() const { return call_.has_value(); }
  /// How many there have been, either way: tells one call from the next.
  [[nodiscard]] unsigned calls() const { return calls_; }

 private:
  enum class Timer : std::uint8_t { registration, resend_success, give_up };
  static constexpr std::size_t timer_count = 3;
  enum class Purpose : std::uint8_t { registration, invite, cancel, bye, text };
  struct Pending {
    Purpose purpose;
    std::size_t tag = 0;      ///< of a message
    unsigned challenges = 0;  ///< answered so far
  };
  enum class CallState : std::uint8_t { calling, ringing, cancelling, answered, talking, ending };
  struct Call {
    bool outgoing = false;
    CallState state = CallState::calling;
    sip::Message invite;  ///< as last sent, or as received
    sip::ClientNumber client = 0;
    sip::ServerNumber server = 0;
    bool hang_up_wanted = false;
    std::string tag;
    std::optional<sip::Message> success;
    std::optional<sip::AgentDialog> dialog;
    Duration resend_interval{};
    std::optional<IpEndpoint> media;  ///< where the other side receives
    unsigned sent = 0;
    unsigned received = 0;
  };

  // sending
  [[nodiscard]] sip::Message outside_dialog(const std::string& method, const std::string& uri,
                                            const std::string& to);
  sip::ClientNumber transmit(TimePoint now, sip::Message request, Pending pending);
  [[nodiscard]] std::string aor(const std::string& user) const;
  [[nodiscard]] std::string contact() const;
  [[nodiscard]] std::string session_description() const;
  void introduce(sip::Message& message) const;
  void add_via(sip::Message& request);
  void register_now(TimePoint now);
  void cancel(TimePoint now);
  void bye(TimePoint now);
  void acknowledge(const sip::Message& success);

  // what comes from the transactions
  void pump(TimePoint now);
  void take(TimePoint now, sip::TransactionLayer::Send& send);
  void take(TimePoint now, sip::TransactionLayer::RequestArrived& arrived);
  void take(TimePoint now, sip::TransactionLayer::AckArrived& arrived);
  void take(TimePoint now, sip::TransactionLayer::ResponseArrived& arrived);
  void take(TimePoint now, sip::TransactionLayer::TimedOut& timed_out);
  [[nodiscard]] bool answer_challenge(TimePoint now,
                                      const sip::TransactionLayer::ResponseArrived& arrived,
                                      const Pending& pending);
  void finished(TimePoint now, sip::ClientNumber client, const Pending& pending, unsigned status,
                const sip::Message* response);
  void registration_answered(TimePoint now, unsigned status);
  void invite_answered(TimePoint now, unsigned status, const sip::Message* response);
  void invited(TimePoint now, const sip::TransactionLayer::RequestArrived& arrived);
  void cancelled(TimePoint now, const sip::TransactionLayer::RequestArrived& arrived);
  void start_talking(TimePoint now, const std::string& their_description);
  void end_call(const std::string& reason);
  void send_packet(TimePoint now);
  void tell(PhoneEvent event) { outputs_.emplace_back(std::move(event)); }
  std::optional<TimePoint>& timer(Timer which) { return timers_[static_cast<std::size_t>(which)]; }

  Config config_;
  sip::TokenSource tokens_;
  sip::DigestClient digest_;
  sip::TransactionLayer layer_;
  std::uint32_t cseq_ = 0;
  std::string registration_call_id_;
  bool registered_ = false;
  std::map<sip::ClientNumber, Pending> pending_;
  std::optional<Call> call_;
  unsigned calls_ = 0;
  std::array<std::optional<TimePoint>, timer_count> timers_;
  std::optional<TimePoint> next_packet_;
  std::uint16_t rtp_sequence_ = 0;
  std::deque<Output> outputs_;
};

}  // namespace muster::sim
