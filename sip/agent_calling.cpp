// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "core/base/byte_reader.hpp"
#include "sip/agent.hpp"

namespace muster::sip {
namespace {

AgentMedia::Start random_start(ports::Random& random) {
  std::array<std::uint8_t, 10> octets{};
  random.fill(octets);
  ByteReader reader(octets);
  AgentMedia::Start start;
  start.source = reader.u32();
  start.sequence = reader.u16();
  start.timestamp = reader.u32();
  return start;
}

}  // namespace

std::string person_of(const Uri& uri) { return uri.user_text() + '@' + uri.host; }

bool Agent::call(TimePoint now, const Uri& to) {
  const auto hop = first_hop(to);
  if (call_ || !hop) return false;
  call_.emplace();
  call_->peer = person_of(to);
  call_->sdp_session = random_start(random_).source;
  Message invite = outside_dialog("INVITE", to, to);
  invite.add("Contact", contact());
  invite.add("Allow", std::string{agent_allow});
  invite.add("Content-Type", "application/sdp");
  invite.body = agent_sdp_offer(sdp_origin());
  call_->client = transmit(now, *hop, std::move(invite), {.purpose = Purpose::invite});
  start(Timer::ring, now + config_.ring_max);
  pump(now);
  return true;
}

void Agent::hang_up(TimePoint now) {
  leave(now);
  pump(now);
}

void Agent::leave(TimePoint now) {
  using enum AgentCallState;
  if (!call_) return;
  switch (call_->state) {
    case calling:  // RFC 3261 section 9.1: not before a provisional response
      call_->state = giving_up;
      start(Timer::ending, now + config_.times.patience());
      break;
    case proceeding:
      send_cancel(now);
      break;
    case ringing:
      layer_.respond(now, call_->server, make_response(call_->invite, 603, {}, call_->tag));
      end_call({});
      break;
    case answering:  // RFC 3261 section 15: no BYE from the called side before the ACK
      call_->state = leaving;
      break;
    case established:
      send_bye(now, AgentDialog{*call_->dialog});
      break;
    case giving_up:
    case cancelling:
    case leaving:
    case ending:
      break;
  }
}

void Agent::say(std::span<const std::int16_t> samples) {
  if (call_ && call_->media) call_->media->say(samples);
}

void Agent::invite_answered(TimePoint now, ClientNumber client, const Message& response) {
  using enum AgentCallState;
  const unsigned status = response.status();
  if (status >= 200 && status < 300) return invite_succeeded(now, client, response);
  if (!call_ || call_->client != client) return;
  if (status < 200) {
    if (call_->state == giving_up) return send_cancel(now);
    if (call_->state == calling) call_->state = proceeding;
    if (status > 100) outputs_.emplace_back(AgentRinging{call_->peer});
    return;
  }
  const bool ours = call_->state == giving_up || call_->state == cancelling;
  end_call(ours ? call_->end
                : AgentCallEnd{AgentCallEnd::Cause::refused, status, response.reason()});
}

void Agent::invite_succeeded(TimePoint now, ClientNumber client, const Message& success) {
  using enum AgentCallState;
  const Message* invite = layer_.request_of(client);
  if (!invite) return;
  const AgentDialog dialog = AgentDialog::of_caller(*invite, success);
  send_ack(dialog, success.cseq().number);
  if (is_of_call(dialog)) return;  // it came again: the ACK was lost
  const bool ours = call_ && call_->client == client && !call_->dialog;
  if (!ours) return send_bye(now, dialog);  // of another branch of a fork (section 13.2.2.4)
  call_->dialog = dialog;
  if (call_->state == giving_up || call_->state == cancelling) return send_bye(now, dialog);
  const auto audio = agent_sdp_agreed(success.body);
  if (!audio) {
    call_->end = {AgentCallEnd::Cause::failed, 488, "no audio in common"};
    return send_bye(now, dialog);
  }
  establish(now, *audio);
}

void Agent::send_ack(const AgentDialog& dialog, std::uint32_t cseq) {
  Message ack = dialog.request("ACK", cseq);
  add_via(ack);
  const auto hop = dialog.next_hop();
  if (!hop) {
    ++counters_.unroutable;
    return;
  }
  outputs_.emplace_back(AgentSend{*hop, ack.serialise()});
}

void Agent::send_cancel(TimePoint now) {
  call_->state = AgentCallState::cancelling;
  start(Timer::ending, now + config_.times.patience());
  const Message& invite = call_->invite;
  const auto hop = layer_.hop_of(call_->client);
  if (!hop) return;
  Message cancel = Message::request("CANCEL", invite.request_uri());
  cancel.add("Via", invite.via_top().value_or(Via{}).str());
  cancel.add("Max-Forwards", "70");
  for (const auto* name : {"From", "To", "Call-ID"}) {
    cancel.add(name, std::string{invite.header(name).value_or("")});
  }
  cancel.add("CSeq", CSeq{invite.cseq().number, "CANCEL"}.str());
  transmit(now, std::get<PhoneAddress>(*hop).endpoint, std::move(cancel),
           {.purpose = Purpose::cancel});
}

bool Agent::is_of_call(const AgentDialog& dialog) const {
  return call_ && call_->dialog && call_->dialog->call_id == dialog.call_id &&
         call_->dialog->remote == dialog.remote;
}

/// Ends `dialog`, the call's or that of another branch.
void Agent::send_bye(TimePoint now, const AgentDialog& dialog) {
  const auto hop = dialog.next_hop();
  const bool of_call = is_of_call(dialog);
  if (of_call) {
    call_->state = AgentCallState::ending;
    call_->media.reset();
    call_->success.reset();
    for (const auto timer : {Timer::ring, Timer::resend, Timer::confirmation}) stop(timer);
    start(Timer::ending, now + config_.times.patience());
  }
  if (!hop) {
    ++counters_.unroutable;
    if (of_call) end_call(call_->end);
    return;
  }
  const auto client =
      transmit(now, *hop, dialog.request("BYE", ++cseq_), {.purpose = Purpose::bye});
  if (of_call) call_->client = client;
}

void Agent::establish(TimePoint now, const AgentAudio& audio) {
  stop(Timer::ring);
  call_->audio = audio;
  call_->media.emplace(now, audio, call_->signalling, random_start(random_), config_.limits.media);
  call_->talked = true;
  if (call_->state == AgentCallState::calling || call_->state == AgentCallState::proceeding) {
    call_->state = AgentCallState::established;
  }
  outputs_.emplace_back(AgentTalking{call_->peer, audio.speaks.codec});
}

void Agent::end_call(AgentCallEnd end) {
  for (const auto timer : {Timer::ring, Timer::resend, Timer::confirmation, Timer::ending}) {
    stop(timer);
  }
  outputs_.emplace_back(AgentCallEnded{call_->peer, std::move(end), call_->talked});
  call_.reset();
}

void Agent::pump_media() {
  if (!call_ || !call_->media) return;
  while (auto output = call_->media->poll()) {
    std::visit([&](auto& said) { outputs_.emplace_back(std::move(said)); }, *output);
  }
}

}  // namespace muster::sip
