// SPDX-License-Identifier: Apache-2.0
#include "sim/scripted_phone.hpp"

#include <algorithm>

#include "sip/parser.hpp"
#include "sip/rtp_packet.hpp"
#include "sip/sdp.hpp"

namespace muster::sim {
namespace {

using sip::Message;

constexpr unsigned challenges_max = 3;
/// A phone that nobody answers so long gives up.
constexpr Duration ring_max = std::chrono::seconds{40};
constexpr Duration registration_retry = std::chrono::seconds{5};
/// RFC 3551: 20 ms of G.711.
constexpr Duration packet_interval = std::chrono::milliseconds{20};
constexpr std::size_t packet_octets = 160;

const sip::TransactionTimes times;

}  // namespace

ScriptedPhone::ScriptedPhone(Config config, ports::Random& random)
    : config_(std::move(config)),
      tokens_(random),
      digest_(config_.user, config_.password, random),
      layer_({}, times) {}

void ScriptedPhone::switch_on(TimePoint now) {
  registration_call_id_ = tokens_.next();
  register_now(now);
  pump(now);
}

void ScriptedPhone::register_now(TimePoint now) {
  timer(Timer::registration).reset();
  Message request = outside_dialog("REGISTER", "sip:" + config_.domain, aor(config_.user));
  request.set("Call-ID", registration_call_id_);
  request.add("Contact", contact());
  request.add("Expires", std::to_string(config_.registration_seconds));
  transmit(now, std::move(request), {Purpose::registration});
}

void ScriptedPhone::registration_answered(TimePoint now, unsigned status) {
  if (status < 300) {
    if (!registered_) tell(PhoneRegistered{});
    registered_ = true;
    timer(Timer::registration) = now + std::chrono::seconds{config_.registration_seconds} / 2;
    return;
  }
  registered_ = false;
  tell(PhoneNotRegistered{"status " + std::to_string(status)});
  timer(Timer::registration) = now + registration_retry;
}

void ScriptedPhone::dial(TimePoint now, const std::string& user) {
  if (call_) return tell(CallClosed{true, "the phone is in a call"});
  Message invite = outside_dialog("INVITE", aor(user), aor(user));
  invite.add("Contact", contact());
  introduce(invite);
  invite.add("Content-Type", "application/sdp");
  invite.body = session_description();
  call_ = Call{};
  ++calls_;
  call_->outgoing = true;
  call_->client = transmit(now, std::move(invite), {Purpose::invite});
  timer(Timer::give_up) = now + ring_max;
  pump(now);
}

void ScriptedPhone::message(TimePoint now, std::size_t tag, const std::string& user,
                            std::string text) {
  Message request = outside_dialog("MESSAGE", aor(user), aor(user));
  request.add("Content-Type", "text/plain");
  request.body = std::move(text);
  transmit(now, std::move(request), {Purpose::text, tag});
  pump(now);
}

void ScriptedPhone::hang_up(TimePoint now) {
  if (!call_) return;
  switch (call_->state) {
    case CallState::calling:  // RFC 3261 section 9.1: not before a provisional response
      call_->hang_up_wanted = true;
      break;
    case CallState::ringing:
      cancel(now);
      break;
    case CallState::answered:  // section 15: no BYE from the called side before the ACK
      call_->hang_up_wanted = true;
      break;
    case CallState::talking:
      bye(now);
      break;
    case CallState::cancelling:
    case CallState::ending:
      break;
  }
  pump(now);
}

void ScriptedPhone::cancel(TimePoint now) {
  call_->state = CallState::cancelling;
  Message request = Message::request("CANCEL", call_->invite.request_uri());
  for (const auto* name : {"Via", "From", "To", "Call-ID"}) {
    request.add(name, std::string{call_->invite.header(name).value_or("")});
  }
  request.add("Max-Forwards", "70");
  request.add("CSeq", sip::CSeq{call_->invite.cseq().number, "CANCEL"}.str());
  transmit(now, std::move(request), {Purpose::cancel});
}

void ScriptedPhone::bye(TimePoint now) {
  next_packet_.reset();
  call_->state = CallState::ending;
  call_->client = transmit(now, call_->dialog->request("BYE", ++cseq_), {Purpose::bye});
}

void ScriptedPhone::acknowledge(const Message& success) {
  Message ack =
      sip::AgentDialog::of_caller(call_->invite, success).request("ACK", success.cseq().number);
  add_via(ack);
  outputs_.emplace_back(SendSip{ack.serialise()});
}

void ScriptedPhone::receive(TimePoint now, BytesView bytes) {
  auto message = sip::parse(bytes);
  if (!message) return tell(PhoneFailed{"its node sent what is no SIP"});
  layer_.receive(now, sip::PhoneAddress(config_.node), *std::move(message));
  pump(now);
}

void ScriptedPhone::receive_media(BytesView packet) {
  if (call_ && sip::RtpPacket::parse(packet)) ++call_->received;
}

void ScriptedPhone::advance(TimePoint now) {
  layer_.advance(now);
  pump(now);
  if (auto& due = timer(Timer::registration); due && *due <= now) register_now(now);
  if (auto& due = timer(Timer::give_up); due && *due <= now) {
    due.reset();
    hang_up(now);
  }
  if (auto& due = timer(Timer::resend_success); due && *due <= now) {
    // RFC 3261 section 13.3.1.4: the 2xx is repeated until its ACK.
    due.reset();
    if (call_ && call_->state == CallState::answered) {
      layer_.respond(now, call_->server, *call_->success);
      call_->resend_interval = std::min(2 * call_->resend_interval, times.t2);
      due = now + call_->resend_interval;
    }
  }
  while (next_packet_ && *next_packet_ <= now) send_packet(now);
  pump(now);
}

std::optional<ScriptedPhone::Output> ScriptedPhone::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> ScriptedPhone::deadline() const {
  auto first = earlier(layer_.deadline(), next_packet_);
  for (const auto& at : timers_) first = earlier(first, at);
  return first;
}

std::string ScriptedPhone::aor(const std::string& user) const {
  return "sip:" + user + '@' + config_.domain;
}

std::string ScriptedPhone::contact() const {
  return "<sip:" + config_.user + '@' + config_.own.text() + '>';
}

/// As wordy as a phone that can do more than this one: how long a message is decides how often it
/// is lost.
std::string ScriptedPhone::session_description() const {
  const auto address = config_.media.address.text();
  const auto port = config_.media.port;
  return "v=0\r\no=- 1 1 IN IP4 " + address + "\r\ns=-\r\nc=IN IP4 " + address +
         "\r\nt=0 0\r\na=tool:muster-sim\r\nm=audio " + std::to_string(port) +
         " RTP/AVP 0\r\nb=AS:64\r\na=rtpmap:0 PCMU/8000\r\na=rtcp:" + std::to_string(port + 1) +
         "\r\na=sendrecv\r\na=label:1\r\na=rtcp-rsize\r\na=ssrc:" +
         std::to_string(0x9e3779b1U * (port + calls_ + 1U)) + " cname:" + aor(config_.user) +
         "\r\na=ptime:20\r\na=minptime:20\r\na=maxptime:60\r\n";
}

void ScriptedPhone::introduce(Message& message) const {
  message.add("User-Agent", "muster-sim scripted phone (no person)");
  message.add("Allow",
              "INVITE,ACK,BYE,CANCEL,OPTIONS,NOTIFY,SUBSCRIBE,INFO,MESSAGE,UPDATE,REFER,PRACK");
  message.add("Supported", "gruu,replaces,norefersub");
}

Message ScriptedPhone::outside_dialog(const std::string& method, const std::string& uri,
                                      const std::string& to) {
  Message request = Message::request(method, *sip::Uri::parse(uri));
  request.add("Max-Forwards", "70");
  request.add("From", '<' + aor(config_.user) + ">;tag=" + tokens_.next());
  request.add("To", '<' + to + '>');
  request.add("Call-ID", tokens_.next());
  request.add("CSeq", sip::CSeq{++cseq_, method}.str());
  return request;
}

void ScriptedPhone::add_via(Message& request) {
  sip::Via via{.transport = "UDP",
               .host = config_.own.address.text(),
               .port = config_.own.port,
               .params = {}};
  via.params.set("branch", std::string{sip::branch_magic_cookie} + tokens_.next());
  via.params.set("rport", std::nullopt);
  request.prepend("Via", via.str());
}

sip::ClientNumber ScriptedPhone::transmit(TimePoint now, Message request, Pending pending) {
  if (pending.purpose != Purpose::cancel) {  // which has the INVITE's Via and is never challenged
    add_via(request);
    digest_.authorise(request);
  }
  if (pending.purpose == Purpose::invite && call_) call_->invite = request;
  const auto client = layer_.request(now, sip::PhoneAddress(config_.node), std::move(request));
  if (!client) return 0;  // the table is full: a phone with one line does not get there
  pending_.insert_or_assign(*client, pending);
  return *client;
}

void ScriptedPhone::pump(TimePoint now) {
  while (auto output = layer_.poll()) {
    std::visit([&](auto& said) { take(now, said); }, *output);
  }
}

void ScriptedPhone::take(TimePoint, sip::TransactionLayer::Send& send) {
  outputs_.emplace_back(SendSip{std::move(send.message)});
}

void ScriptedPhone::take(TimePoint now, sip::TransactionLayer::ResponseArrived& arrived) {
  const auto known = pending_.find(arrived.client);
  if (known == pending_.end()) {  // a 2xx that comes again: its ACK was lost
    if (arrived.response.method() == "INVITE" && call_ && call_->client == arrived.client) {
      acknowledge(arrived.response);
    }
    return;
  }
  const Pending pending = known->second;
  const unsigned status = arrived.response.status();
  if (status >= 200) {
    pending_.erase(known);
    if (answer_challenge(now, arrived, pending)) return;
  }
  finished(now, arrived.client, pending, status, &arrived.response);
}

void ScriptedPhone::take(TimePoint now, sip::TransactionLayer::TimedOut& timed_out) {
  const auto known = pending_.extract(timed_out.client);
  if (!known.empty()) finished(now, timed_out.client, known.mapped(), 408, nullptr);
}

bool ScriptedPhone::answer_challenge(TimePoint now,
                                     const sip::TransactionLayer::ResponseArrived& arrived,
                                     const Pending& pending) {
  const unsigned status = arrived.response.status();
  if (status != 401 && status != 407) return false;
  const auto* challenged = layer_.request_of(arrived.client);
  if (challenged == nullptr || pending.challenges >= challenges_max ||
      !digest_.receive(arrived.response)) {
    return false;
  }
  Message again = *challenged;
  again.set("CSeq", sip::CSeq{++cseq_, again.method()}.str());
  again.remove_first("Via");
  const bool of_call = call_ && call_->client == arrived.client;
  Pending next = pending;
  ++next.challenges;
  const auto client = transmit(now, std::move(again), next);
  if (of_call) call_->client = client;
  return true;
}

void ScriptedPhone::finished(TimePoint now, sip::ClientNumber client, const Pending& pending,
                             unsigned status, const Message* response) {
  switch (pending.purpose) {
    case Purpose::registration:
      if (status >= 200) registration_answered(now, status);
      break;
    case Purpose::invite:
      if (call_ && call_->client == client) invite_answered(now, status, response);
      break;
    case Purpose::bye:
      if (status >= 200 && call_ && call_->client == client) end_call("hung up");
      break;
    case Purpose::text:
      if (status >= 200) tell(MessageAnswered{pending.tag, status});
      break;
    case Purpose::cancel:
      break;
  }
}

void ScriptedPhone::invite_answered(TimePoint now, unsigned status, const Message* response) {
  if (status >= 200 && status < 300 && response != nullptr) {
    acknowledge(*response);
    call_->dialog = sip::AgentDialog::of_caller(call_->invite, *response);
    timer(Timer::give_up).reset();
    const bool too_late = call_->hang_up_wanted || call_->state == CallState::cancelling;
    call_->state = CallState::talking;
    if (too_late) return bye(now);
    tell(CallEstablished{true});
    return start_talking(now, response->body);
  }
  if (status >= 300) return end_call("status " + std::to_string(status));
  if (call_->hang_up_wanted && call_->state == CallState::calling) return cancel(now);
  if (call_->state == CallState::calling) call_->state = CallState::ringing;
  if (status > 100) tell(CallRinging{});
}

void ScriptedPhone::take(TimePoint now, sip::TransactionLayer::RequestArrived& arrived) {
  const auto method = arrived.request.method();
  if (method == "INVITE") return invited(now, arrived);
  if (method == "CANCEL") return cancelled(now, arrived);
  unsigned status = 200;
  if (method == "MESSAGE") {
    tell(MessageShown{arrived.request.from().uri.user_text(), arrived.request.body});
  } else if (method == "BYE") {
    const bool ours = call_ && call_->dialog && call_->dialog->has(arrived.request);
    if (ours) end_call("the other side hung up");
    if (!ours) status = 481;
  }
  layer_.respond(now, arrived.server,
                 sip::make_response(arrived.request, status, {}, tokens_.next()));
}

void ScriptedPhone::invited(TimePoint now, const sip::TransactionLayer::RequestArrived& arrived) {
  if (call_) {
    layer_.respond(now, arrived.server,
                   sip::make_response(arrived.request, 486, {}, tokens_.next()));
    return;
  }
  call_ = Call{};
  ++calls_;
  call_->state = CallState::answered;
  call_->invite = arrived.request;
  call_->server = arrived.server;
  call_->tag = tokens_.next();
  layer_.respond(now, arrived.server, sip::make_response(arrived.request, 180, {}, call_->tag));
  Message success = sip::make_response(arrived.request, 200, {}, call_->tag);
  success.add("Contact", contact());
  introduce(success);
  success.add("Content-Type", "application/sdp");
  success.body = session_description();
  layer_.respond(now, arrived.server, success);
  call_->dialog = sip::AgentDialog::of_called(arrived.request, success);
  call_->success = std::move(success);
  call_->resend_interval = times.t1;
  timer(Timer::resend_success) = now + times.t1;
  tell(CallEstablished{false});
  start_talking(now, arrived.request.body);
}

void ScriptedPhone::take(TimePoint now, sip::TransactionLayer::AckArrived& arrived) {
  if (!call_ || call_->state != CallState::answered || !call_->dialog->has(arrived.ack)) return;
  call_->state = CallState::talking;
  timer(Timer::resend_success).reset();
  if (call_->hang_up_wanted) bye(now);
}

/// The answer is immediate, so a CANCEL always comes too late.
void ScriptedPhone::cancelled(TimePoint now, const sip::TransactionLayer::RequestArrived& arrived) {
  const auto invite = layer_.invite_of(arrived.from, arrived.request);
  layer_.respond(now, arrived.server,
                 sip::make_response(arrived.request, invite ? 200 : 481, {}, tokens_.next()));
}

void ScriptedPhone::start_talking(TimePoint now, const std::string& their_description) {
  const auto description = sip::Sdp::parse(their_description);
  if (!description || description->streams().empty()) return;
  call_->media = description->streams().front().rtp;
  if (call_->media) next_packet_ = now + packet_interval;
}

void ScriptedPhone::send_packet(TimePoint) {
  static const Bytes tone(packet_octets, 0x55);
  sip::RtpPacket packet;
  packet.sequence = ++rtp_sequence_;
  packet.timestamp = rtp_sequence_ * std::uint32_t{packet_octets};
  packet.source = 1;
  packet.payload = tone;
  outputs_.emplace_back(SendMedia{*call_->media, packet.serialise()});
  ++call_->sent;
  *next_packet_ += packet_interval;
}

void ScriptedPhone::end_call(const std::string& reason) {
  tell(CallMedia{call_->sent, call_->received});
  tell(CallClosed{call_->outgoing, reason});
  next_packet_.reset();
  timer(Timer::give_up).reset();
  timer(Timer::resend_success).reset();
  call_.reset();
}

}  // namespace muster::sim
