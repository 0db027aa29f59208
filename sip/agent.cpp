// SPDX-License-Identifier: Apache-2.0
#include "sip/agent.hpp"

#include "sip/parser.hpp"

namespace muster::sip {

Agent::Agent(Config config, DigestClient digest, ports::Random& random)
    : config_(std::move(config)),
      digest_(std::move(digest)),
      random_(random),
      tokens_(random),
      layer_({}, config_.times),
      registration_seconds_(config_.registration_seconds) {}

std::optional<std::uint64_t> Agent::send_text(TimePoint now, const Uri& to, std::string text) {
  const auto hop = first_hop(to);
  if (!hop || text.size() > config_.limits.text_bytes_max) return std::nullopt;
  Message request = outside_dialog("MESSAGE", to, to);
  request.add("Content-Type", "text/plain;charset=UTF-8");
  request.body = std::move(text);
  transmit(now, *hop, std::move(request), {.purpose = Purpose::text, .text = ++last_text_});
  pump(now);
  return last_text_;
}

void Agent::receive(TimePoint now, const IpEndpoint& from, BytesView datagram) {
  auto message = parse(datagram);
  if (!message) {
    if (message.error().fault != ParseFault::keep_alive) ++counters_.malformed;
    const auto& response = message.error().response;
    if (response) outputs_.emplace_back(AgentSend{from, response->serialise()});
    return;
  }
  layer_.receive(now, from, *std::move(message));
  pump(now);
}

void Agent::receive_media(TimePoint, const IpEndpoint& from, BytesView datagram) {
  if (call_ && call_->media) {
    call_->media->receive(from, datagram);
  } else {
    ++counters_.media_outside;
  }
}

void Agent::advance(TimePoint now) {
  layer_.advance(now);
  pump(now);
  for (std::size_t i = 0; i < timer_count; ++i) {
    if (!timers_[i] || *timers_[i] > now) continue;
    timers_[i].reset();
    fire(now, static_cast<Timer>(i));
  }
  pump(now);
  if (call_ && call_->media) call_->media->advance(now);
  pump_media();
}

void Agent::fire(TimePoint now, Timer timer) {
  switch (timer) {
    case Timer::registration:
      send_registration(now, registration_seconds_);
      break;
    case Timer::ring:
      if (call_ && call_->state == AgentCallState::ringing) return answer_call(now);
      if (call_) call_->end = {AgentCallEnd::Cause::no_answer, 0, "nobody answered"};
      leave(now);
      break;
    case Timer::resend:
      if (!call_ || !call_->success) break;
      layer_.respond(now, call_->server, *call_->success);
      call_->resend_interval = std::min(2 * call_->resend_interval, config_.times.t2);
      start(Timer::resend, now + call_->resend_interval);
      break;
    case Timer::confirmation:  // RFC 3261 section 13.3.1.4: no ACK, so BYE
      if (!call_ || !call_->dialog) break;
      call_->end = {AgentCallEnd::Cause::failed, 408, "the answer was never acknowledged"};
      send_bye(now, AgentDialog{*call_->dialog});
      break;
    case Timer::ending:
      if (call_) end_call(call_->end);
      break;
  }
}

std::optional<Agent::Output> Agent::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> Agent::deadline() const {
  auto first = layer_.deadline();
  for (const auto& at : timers_) first = earlier(first, at);
  if (call_ && call_->media) first = earlier(first, call_->media->deadline());
  return first;
}

bool Agent::at_rest() const {
  return !call_ && pending_.empty() && registration_ == Registration::none;
}

void Agent::pump(TimePoint now) {
  while (auto output = layer_.poll()) {
    std::visit([&](auto& said) { take(now, said); }, *output);
  }
}

void Agent::take(TimePoint, TransactionLayer::Send& send) {
  outputs_.emplace_back(
      AgentSend{std::get<PhoneAddress>(send.to).endpoint, std::move(send.message)});
}

void Agent::take(TimePoint now, TransactionLayer::ResponseArrived& arrived) {
  if (call_ && call_->client == arrived.client) {
    call_->signalling = std::get<PhoneAddress>(arrived.from).endpoint.address;
  }
  const auto known = pending_.find(arrived.client);
  if (known == pending_.end()) {  // a 2xx that comes again: its ACK was lost, or it was forked
    if (arrived.response.method() == "INVITE") {
      invite_succeeded(now, arrived.client, arrived.response);
    }
    return;
  }
  const Pending pending = known->second;
  if (arrived.response.status() >= 200) {
    pending_.erase(known);
    if (answer_challenge(now, arrived, pending)) return;
  }
  finished(now, arrived.client, pending, arrived.response);
}

void Agent::take(TimePoint now, TransactionLayer::TimedOut& timed_out) {
  const auto known = pending_.find(timed_out.client);
  if (known == pending_.end()) return;
  const Pending pending = known->second;
  pending_.erase(known);
  finished(now, timed_out.client, pending, Message::response(408, "no answer"));
}

void Agent::finished(TimePoint now, ClientNumber client, const Pending& pending,
                     const Message& response) {
  const unsigned status = response.status();
  switch (pending.purpose) {
    case Purpose::registration:
      if (status >= 200) registration_answered(now, response);
      break;
    case Purpose::invite:
      invite_answered(now, client, response);
      break;
    case Purpose::cancel:
      break;
    case Purpose::bye:
      if (status >= 200 && call_ && call_->client == client) end_call(call_->end);
      break;
    case Purpose::text:
      if (status < 200) break;
      outputs_.emplace_back(AgentTextAnswered{pending.text, status, response.reason()});
      break;
  }
}

bool Agent::answer_challenge(TimePoint now, const TransactionLayer::ResponseArrived& arrived,
                             const Pending& pending) {
  const unsigned status = arrived.response.status();
  if (status != 401 && status != 407) return false;
  const Message* challenged = layer_.request_of(arrived.client);
  const auto hop = layer_.hop_of(arrived.client);
  const bool given_up =
      pending.purpose == Purpose::invite && call_ && call_->state == AgentCallState::giving_up;
  if (!challenged || !hop || given_up || pending.challenges >= config_.limits.challenges_max ||
      !digest_.receive(arrived.response)) {
    return false;
  }
  Message again = *challenged;
  again.set("CSeq", CSeq{++cseq_, again.method()}.str());
  again.remove_first("Via");
  Pending next = pending;
  ++next.challenges;
  const bool of_call = call_ && call_->client == arrived.client;
  const auto client = transmit(now, std::get<PhoneAddress>(*hop).endpoint, std::move(again), next);
  if (of_call) call_->client = client;
  return true;
}

Message Agent::outside_dialog(const std::string& method, const Uri& uri, const Uri& to) {
  Message request = Message::request(method, uri);
  request.add("Max-Forwards", "70");
  request.add("From", "<sip:" + config_.user + '@' + config_.domain + ">;tag=" + tokens_.next());
  request.add("To", '<' + to.str() + '>');
  request.add("Call-ID", tokens_.next() + tokens_.next());
  request.add("CSeq", CSeq{++cseq_, method}.str());
  request.add("User-Agent", "Muster");
  return request;
}

std::optional<IpEndpoint> Agent::first_hop(const Uri& uri) const {
  return config_.registrar ? config_.registrar : uri.ip_endpoint();
}

std::string Agent::contact() const {
  return "<sip:" + config_.user + '@' + config_.own.text() + '>';
}

void Agent::add_via(Message& request) {
  const auto& own = config_.own;
  const std::string host = own.address.v6 ? '[' + own.address.text() + ']' : own.address.text();
  Via via{.transport = "UDP", .host = host, .port = own.port, .params = {}};
  via.params.set("branch", std::string{branch_magic_cookie} + tokens_.next());
  via.params.set("rport", std::nullopt);
  request.prepend("Via", via.str());
}

ClientNumber Agent::transmit(TimePoint now, const IpEndpoint& to, Message request,
                             Pending pending) {
  if (pending.purpose != Purpose::cancel) {  // which has the INVITE's Via and is never challenged
    add_via(request);
    digest_.authorise(request);
  }
  if (pending.purpose == Purpose::invite && call_) call_->invite = request;
  const auto client = layer_.request(now, to, std::move(request));
  if (!client) return 0;  // the table is full: a phone with one line does not get there
  pending_.emplace(*client, pending);
  return *client;
}

}  // namespace muster::sip
