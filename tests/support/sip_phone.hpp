// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sip/digest_client.hpp"
#include "sip/parser.hpp"
#include "sip/transaction_layer.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::test {

/// A scripted SIP phone over UDP for tests: registers, calls, answers, sends and shows messages,
/// with the retransmissions and the digest answers of a real one. A pure machine as those tested.
class SipPhone {
 public:
  struct Script {
    unsigned invite_status = 200;  ///< 0: rings for ever
    Duration answer_after = std::chrono::milliseconds{200};
    unsigned message_status = 200;  ///< 0: silent
    bool silent = false;            ///< switched off
    std::string contact_host;       ///< in place of its own address
    std::string instance;           ///< +sip.instance of its registrations; none if empty
  };
  struct Answer {
    std::string method;
    unsigned status;
  };

  SipPhone(std::string user, std::string domain, IpEndpoint own, IpEndpoint edge,
           std::string password)
      : user_(std::move(user)),
        domain_(std::move(domain)),
        own_(own),
        edge_(edge),
        random_(seed_of(own)),
        digest_(user_, std::move(password), random_),
        layer_({}, {}) {}

  Script script;
  /// From now on it speaks over a connection.
  void use_tcp() { edge_.transport = sip::PhoneTransport::tcp; }
  [[nodiscard]] bool uses_tcp() const { return edge_.transport == sip::PhoneTransport::tcp; }

  // What a person at the phone does.
  void register_at(TimePoint now, unsigned expires = 600) {
    sip::Message request = start("REGISTER", "sip:" + domain_, "sip:" + user_ + '@' + domain_);
    request.set("Call-ID", "register-" + user_);
    const bool named = !script.instance.empty();
    request.add("Contact",
                contact() + (named ? ";+sip.instance=\"<" + script.instance + ">\"" : ""));
    request.add("Expires", std::to_string(expires));
    send(now, std::move(request));
  }
  /// The Call-ID.
  std::string invite(TimePoint now, const std::string& to) {
    sip::Message request = start("INVITE", to, to);
    request.add("Contact", contact());
    request.add("Content-Type", "application/sdp");
    request.body = sdp();
    call_ = Call{};
    call_->invite = request;
    std::string call_id = request.call_id();
    send(now, std::move(request));
    return call_id;
  }
  void cancel(TimePoint now) {
    sip::Message request = sip::Message::request("CANCEL", call_->sent.request_uri());
    for (const auto* name : {"Via", "From", "To", "Call-ID"}) {
      request.add(name, std::string{*call_->sent.header(name)});
    }
    request.add("Max-Forwards", "70");
    request.add("CSeq", sip::CSeq{call_->sent.cseq().number, "CANCEL"}.str());
    transmit(now, std::move(request));
  }
  void hang_up(TimePoint now) { send(now, in_dialog("BYE", ++cseq_)); }
  std::string message(TimePoint now, const std::string& to, const std::string& text) {
    sip::Message request = start("MESSAGE", to, to);
    request.add("Content-Type", "text/plain");
    request.body = text;
    std::string call_id = request.call_id();
    send(now, std::move(request));
    return call_id;
  }
  void send(TimePoint now, sip::Message request) {
    digest_.authorise(request);
    transmit(now, std::move(request));
  }
  /// A request outside of any dialog with what each must have.
  sip::Message start(const std::string& method, const std::string& uri, const std::string& to) {
    sip::Message request = sip::Message::request(method, *sip::Uri::parse(uri));
    request.add("Max-Forwards", "70");
    request.add("From", "<sip:" + user_ + '@' + domain_ + ">;tag=" + token());
    request.add("To", '<' + to + '>');
    request.add("Call-ID", token() + '@' + user_);
    request.add("CSeq", sip::CSeq{++cseq_, method}.str());
    return request;
  }

  // The wire.
  void receive(TimePoint now, BytesView bytes) {
    if (script.silent) return;
    auto message = sip::parse(bytes);
    if (!message) {
      ++malformed;
      return;
    }
    layer_.receive(now, edge_, *std::move(message));
    pump(now);
  }
  void advance(TimePoint now) {
    layer_.advance(now);
    while (!later_.empty() && later_.begin()->first <= now) {
      const Later due = later_.begin()->second;
      later_.erase(later_.begin());
      if (due.resend) {
        resend_success(now, due.interval);
      } else {
        answer_invite(now, due.server);
      }
    }
    pump(now);
  }
  [[nodiscard]] std::optional<Bytes> poll() {
    if (out_.empty()) return std::nullopt;
    Bytes bytes = std::move(out_.front());
    out_.pop_front();
    return bytes;
  }
  [[nodiscard]] std::optional<TimePoint> deadline() const {
    auto first = layer_.deadline();
    if (!later_.empty()) first = earlier(first, later_.begin()->first);
    return first;
  }

  // What a person at the phone sees.
  std::vector<Answer> answers;          ///< to our requests, in order, challenges left out
  std::vector<std::string> shown;       ///< texts of messages
  std::vector<sip::Message> messages;   ///< MESSAGE requests, those shown and those refused
  std::vector<sip::Message> rang;       ///< INVITEs
  std::vector<std::string> sdps;        ///< bodies received
  std::vector<sip::Message> successes;  ///< 2xx to our INVITEs
  unsigned acks = 0;
  unsigned byes = 0;
  unsigned cancels = 0;
  unsigned malformed = 0;
  bool was_challenged = false;
  std::string last_reason;  ///< of the last final response, challenges left out
  [[nodiscard]] bool talking() const { return call_ && call_->confirmed; }
  /// The final status of the last request of that method; 0 if there is none yet.
  [[nodiscard]] unsigned status_of(const std::string& method) const {
    for (auto it = answers.rbegin(); it != answers.rend(); ++it) {
      if (it->method == method && it->status >= 200) return it->status;
    }
    return 0;
  }
  [[nodiscard]] bool saw(const std::string& method, unsigned status) const {
    for (const auto& answer : answers) {
      if (answer.method == method && answer.status == status) return true;
    }
    return false;
  }
  [[nodiscard]] const IpEndpoint& own() const { return own_; }
  [[nodiscard]] const std::string& user() const { return user_; }
  [[nodiscard]] std::uint16_t media_port() const {
    return static_cast<std::uint16_t>(own_.port + 1000);
  }

 private:
  struct Call {
    sip::Message invite;                  // as begun; its identifiers are the dialog's
    sip::Message sent;                    // as last sent, with Via
    std::optional<sip::Message> success;  // the 2xx received or sent
    bool caller = true;
    bool confirmed = false;
  };
  struct Later {
    bool resend;
    sip::ServerNumber server;
    Duration interval;
  };

  /// No two phones make the same tags.
  [[nodiscard]] static std::uint64_t seed_of(const IpEndpoint& own) {
    std::uint64_t seed = own.port;
    for (const std::uint8_t octet : own.address.octets) seed = seed * 257 + octet;
    return seed;
  }
  [[nodiscard]] std::string token() {
    std::array<std::uint8_t, 8> octets{};
    random_.fill(octets);
    return to_hex(octets);
  }
  [[nodiscard]] std::string contact() const {
    return "<sip:" + user_ + '@' +
           (script.contact_host.empty() ? own_.text() : script.contact_host) +
           (uses_tcp() ? ";transport=tcp>" : ">");
  }
  [[nodiscard]] std::string sdp() const {
    return "v=0\r\no=- 1 1 IN IP4 " + own_.address.text() + "\r\ns=-\r\nc=IN IP4 " +
           own_.address.text() + "\r\nt=0 0\r\nm=audio " + std::to_string(media_port()) +
           " RTP/AVP 0\r\na=sendrecv\r\n";
  }
  void transmit(TimePoint now, sip::Message request) {
    if (request.method() != "CANCEL") {
      sip::Via via{.transport = uses_tcp() ? "TCP" : "UDP",
                   .host = own_.address.text(),
                   .port = own_.port,
                   .params = {}};
      via.params.set("branch", "z9hG4bK" + token());
      via.params.set("rport", std::nullopt);
      request.remove("Via");
      request.prepend("Via", via.str());
    }
    if (request.method() == "INVITE" && call_) call_->sent = request;
    if (request.method() == "ACK") {
      out_.push_back(request.serialise());
    } else {
      const auto client = layer_.request(now, edge_, request);
      EXPECT_TRUE(client);
      if (client) sent_.insert_or_assign(*client, std::move(request));
    }
    pump(now);
  }
  void pump(TimePoint now) {
    while (auto output = layer_.poll()) {
      std::visit([&](auto& said) { take(now, said); }, *output);
    }
  }
  void take(TimePoint, sip::TransactionLayer::Send& send) {
    if (!script.silent) out_.push_back(std::move(send.message));
  }
  void take(TimePoint, sip::TransactionLayer::TimedOut&) { answers.push_back({"timeout", 408}); }
  void take(TimePoint, sip::TransactionLayer::AckArrived&) {
    ++acks;
    if (call_) call_->confirmed = true;
  }
  void take(TimePoint now, sip::TransactionLayer::RequestArrived& arrived) {
    const std::string method = arrived.request.method();
    if (method == "INVITE") return ring(now, arrived);
    unsigned status = 200;
    if (method == "MESSAGE") {
      messages.push_back(arrived.request);
      status = script.message_status;
      if (status == 200) shown.push_back(arrived.request.body);
    } else if (method == "CANCEL") {
      take_cancel(now, arrived);
    } else if (method == "BYE") {
      ++byes;
      call_.reset();
    }
    if (status == 0) return;
    layer_.respond(now, arrived.server, sip::make_response(arrived.request, status, {}, token()));
  }
  void take_cancel(TimePoint now, const sip::TransactionLayer::RequestArrived& arrived) {
    ++cancels;
    const auto invite = layer_.invite_of(arrived.from, arrived.request);
    if (invite && call_) {
      layer_.respond(now, *invite, sip::make_response(call_->invite, 487, {}, tag_));
      call_.reset();
    }
  }
  void ring(TimePoint now, const sip::TransactionLayer::RequestArrived& arrived) {
    rang.push_back(arrived.request);
    if (!arrived.request.body.empty()) sdps.push_back(arrived.request.body);
    if (talking()) {
      layer_.respond(now, arrived.server, sip::make_response(arrived.request, 486, {}, token()));
      return;
    }
    call_ = Call{};
    call_->caller = false;
    call_->invite = arrived.request;
    tag_ = token();
    layer_.respond(now, arrived.server, sip::make_response(arrived.request, 180, {}, tag_));
    if (script.invite_status == 0) return;
    later_.emplace(now + script.answer_after, Later{false, arrived.server, {}});
  }
  void answer_invite(TimePoint now, sip::ServerNumber server) {
    if (!call_) return;
    sip::Message response = sip::make_response(call_->invite, script.invite_status, {}, tag_);
    if (script.invite_status < 300) {
      response.add("Contact", contact());
      response.add("Content-Type", "application/sdp");
      response.body = sdp();
      call_->success = response;
      call_server_ = server;
      constexpr Duration t1 = std::chrono::milliseconds{500};
      later_.emplace(now + t1, Later{true, server, t1});
    }
    layer_.respond(now, server, response);
    if (script.invite_status >= 300) call_.reset();
  }
  /// RFC 3261 section 13.3.1.4: the 2xx until its ACK.
  void resend_success(TimePoint now, Duration interval) {
    if (!call_ || call_->confirmed || !call_->success) return;
    layer_.respond(now, call_server_, *call_->success);
    const Duration next = std::min<Duration>(2 * interval, std::chrono::seconds{4});
    later_.emplace(now + next, Later{true, call_server_, next});
  }
  void take(TimePoint now, sip::TransactionLayer::ResponseArrived& arrived) {
    sip::Message& response = arrived.response;
    const std::string method = response.method();
    const unsigned status = response.status();
    if ((status == 401 || status == 407) && digest_.receive(response)) {
      was_challenged = true;
      return retry(now, sent_.at(arrived.client));
    }
    answers.push_back({method, status});
    if (status >= 200) last_reason = response.reason();
    if (!response.body.empty()) sdps.push_back(response.body);
    if (method == "INVITE" && call_ && status >= 200) finish_invite(now, response);
    if (method == "BYE") call_.reset();
  }
  void retry(TimePoint now, sip::Message request) {
    request.set("CSeq", sip::CSeq{++cseq_, request.method()}.str());
    send(now, std::move(request));
  }
  void finish_invite(TimePoint now, const sip::Message& response) {
    if (response.status() >= 300) {
      call_.reset();
      return;
    }
    successes.push_back(response);
    call_->success = response;
    call_->confirmed = true;
    sip::Message ack = in_dialog("ACK", response.cseq().number);
    transmit(now, std::move(ack));
  }
  /// RFC 3261 section 12.2.1.1.
  sip::Message in_dialog(const std::string& method, std::uint32_t number) {
    const sip::Message& success = *call_->success;
    const auto& peer = call_->caller ? success : call_->invite;
    sip::Message request = sip::Message::request(method, peer.contacts().at(0).uri);
    request.add("Max-Forwards", "70");
    std::vector<std::string> routes;
    for (const auto value : success.headers("Record-Route")) routes.emplace_back(value);
    if (call_->caller) std::reverse(routes.begin(), routes.end());
    for (auto& value : routes) request.add("Route", std::move(value));
    const std::string from{*success.header("From")};
    const std::string to{*success.header("To")};
    request.add("From", call_->caller ? from : to);
    request.add("To", call_->caller ? to : from);
    request.add("Call-ID", success.call_id());
    request.add("CSeq", sip::CSeq{number, method}.str());
    return request;
  }

  std::string user_;
  std::string domain_;
  IpEndpoint own_;
  sip::PhoneAddress edge_;
  SeededTestRandom random_;
  sip::DigestClient digest_;
  sip::TransactionLayer layer_;
  std::map<sip::ClientNumber, sip::Message> sent_;
  std::uint32_t cseq_ = 0;
  std::optional<Call> call_;
  std::string tag_;
  sip::ServerNumber call_server_ = 0;
  std::multimap<TimePoint, Later> later_;
  std::deque<Bytes> out_;
};

}  // namespace muster::test
