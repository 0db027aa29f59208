// SPDX-License-Identifier: Apache-2.0
#include "sip/agent.hpp"

namespace muster::sip {
namespace {

bool is_plain_text(const Message& message) {
  const std::string type = message.content_type();
  return type.empty() || type == "text/plain";
}

}  // namespace

AgentSdpOrigin Agent::sdp_origin() const {
  return {config_.media, call_->sdp_session, call_->sdp_version};
}

void Agent::respond(TimePoint now, const TransactionLayer::RequestArrived& arrived,
                    unsigned status) {
  Message response = make_response(arrived.request, status, {}, tokens_.next());
  if (status == 405 || status == 200) response.add("Allow", std::string{agent_allow});
  if (status == 415) response.add("Accept", "text/plain");
  layer_.respond(now, arrived.server, response);
}

void Agent::take(TimePoint now, TransactionLayer::RequestArrived& arrived) {
  const std::string method = arrived.request.method();
  if (method == "CANCEL") return serve_cancel(now, arrived);
  const auto required = arrived.request.header("Require");
  if (required) {
    Message response = make_response(arrived.request, 420, {}, tokens_.next());
    response.add("Unsupported", std::string{*required});
    layer_.respond(now, arrived.server, response);
    return;
  }
  if (method == "INVITE") return serve_invite(now, arrived);
  if (method == "BYE") return serve_bye(now, arrived);
  if (method == "MESSAGE") return serve_text(now, arrived);
  respond(now, arrived, method == "OPTIONS" ? 200 : 405);
}

void Agent::serve_text(TimePoint now, const TransactionLayer::RequestArrived& arrived) {
  if (!is_plain_text(arrived.request)) return respond(now, arrived, 415);
  // Shown before it is acknowledged: what the sender knows to be delivered was seen.
  outputs_.emplace_back(
      AgentTextArrived{person_of(arrived.request.from().uri), arrived.request.body});
  respond(now, arrived, 200);
}

void Agent::serve_invite(TimePoint now, const TransactionLayer::RequestArrived& arrived) {
  if (!arrived.request.to().tag().empty()) return serve_reinvite(now, arrived);
  if (call_) return respond(now, arrived, 486);
  if (!config_.answers) return respond(now, arrived, 480);
  AgentCall call;
  call.state = AgentCallState::ringing;
  call.peer = person_of(arrived.request.from().uri);
  call.signalling = std::get<PhoneAddress>(arrived.from).endpoint.address;
  call.invite = arrived.request;
  call.server = arrived.server;
  call.tag = tokens_.next();
  call.sdp_session = ++cseq_;
  call_.emplace(std::move(call));
  Message ringing = make_response(arrived.request, 180, {}, call_->tag);
  ringing.add("Contact", contact());
  layer_.respond(now, arrived.server, ringing);
  outputs_.emplace_back(AgentCalled{call_->peer});
  start(Timer::ring, now + config_.answer_after);
}

void Agent::answer_call(TimePoint now) {
  std::optional<AgentAudio> audio;
  std::string sdp;
  if (call_->invite.body.empty()) {  // then ours is the offer, and its answer comes in the ACK
    sdp = agent_sdp_offer(sdp_origin());
  } else if (auto answer = agent_sdp_answer(call_->invite.body, sdp_origin())) {
    audio = answer->audio;
    sdp = std::move(answer->sdp);
  } else {
    layer_.respond(now, call_->server, make_response(call_->invite, 488, {}, call_->tag));
    return end_call({AgentCallEnd::Cause::failed, 488, "no audio in common"});
  }
  call_->state = AgentCallState::answering;
  succeed(now, call_->server, call_->invite, std::move(sdp));
  call_->dialog = AgentDialog::of_called(call_->invite, *call_->success);
  if (audio) establish(now, *audio);
}

/// RFC 3261 section 13.3.1.4: the 2xx is repeated by us, not by the transaction, until its ACK.
void Agent::succeed(TimePoint now, ServerNumber server, const Message& invite, std::string sdp) {
  Message success = make_response(invite, 200, {}, call_->tag);
  success.add("Contact", contact());
  success.add("Allow", std::string{agent_allow});
  success.add("Content-Type", "application/sdp");
  success.body = std::move(sdp);
  layer_.respond(now, server, success);
  call_->server = server;
  call_->success = std::move(success);
  call_->resend_interval = config_.times.t1;
  start(Timer::resend, now + config_.times.t1);
  start(Timer::confirmation, now + config_.times.patience());
}

void Agent::serve_reinvite(TimePoint now, const TransactionLayer::RequestArrived& arrived) {
  if (!call_ || !call_->dialog || !call_->dialog->has(arrived.request)) {
    return respond(now, arrived, 481);
  }
  if (call_->state != AgentCallState::established || call_->success) {
    return respond(now, arrived, 491);
  }
  ++call_->sdp_version;
  std::string sdp;
  if (arrived.request.body.empty()) {
    call_->audio.reset();
    sdp = agent_sdp_offer(sdp_origin());
  } else if (auto answer = agent_sdp_answer(arrived.request.body, sdp_origin())) {
    call_->audio = answer->audio;
    call_->media->change(answer->audio);
    sdp = std::move(answer->sdp);
  } else {
    return respond(now, arrived, 488);
  }
  const auto contacts = arrived.request.contacts();
  if (!contacts.empty()) call_->dialog->target = contacts.front().uri;
  succeed(now, arrived.server, arrived.request, std::move(sdp));
}

void Agent::take(TimePoint now, TransactionLayer::AckArrived& arrived) {
  if (!call_ || !call_->dialog || !call_->success || !call_->dialog->has(arrived.ack) ||
      arrived.ack.cseq().number != call_->success->cseq().number) {
    ++counters_.stray_acks;
    return;
  }
  call_->success.reset();
  stop(Timer::resend);
  stop(Timer::confirmation);
  const bool leaving = call_->state == AgentCallState::leaving;
  call_->state = AgentCallState::established;
  if (leaving) return send_bye(now, AgentDialog{*call_->dialog});
  if (call_->audio) return;
  const auto audio = agent_sdp_agreed(arrived.ack.body);
  if (!audio) {
    call_->end = {AgentCallEnd::Cause::failed, 488, "no audio in common"};
    return send_bye(now, AgentDialog{*call_->dialog});
  }
  if (call_->media) {
    call_->audio = audio;
    call_->media->change(*audio);
  } else {
    establish(now, *audio);
  }
}

void Agent::serve_cancel(TimePoint now, const TransactionLayer::RequestArrived& arrived) {
  const auto invite = layer_.invite_of(arrived.from, arrived.request);
  respond(now, arrived, invite ? 200 : 481);
  if (!invite || !call_ || call_->server != *invite || call_->state != AgentCallState::ringing) {
    return;
  }
  layer_.respond(now, *invite, make_response(call_->invite, 487, {}, call_->tag));
  end_call({AgentCallEnd::Cause::hung_up_there, 487, "they gave up"});
}

void Agent::serve_bye(TimePoint now, const TransactionLayer::RequestArrived& arrived) {
  if (!call_ || !call_->dialog || !call_->dialog->has(arrived.request)) {
    return respond(now, arrived, 481);
  }
  respond(now, arrived, 200);
  const bool ours = call_->state == AgentCallState::ending;
  end_call(ours ? call_->end : AgentCallEnd{AgentCallEnd::Cause::hung_up_there, 0, {}});
}

}  // namespace muster::sip
