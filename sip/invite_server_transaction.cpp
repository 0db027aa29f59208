// SPDX-License-Identifier: Apache-2.0
#include "sip/invite_server_transaction.hpp"

#include <algorithm>

namespace muster::sip {

using enum TransactionTimer;

InviteServerTransaction::InviteServerTransaction(Transport transport, TransactionTimes times)
    : transport_(transport), times_(times), resend_interval_(times.t1) {}

void InviteServerTransaction::receive_request(TimePoint) {
  const bool repeats = state_ == State::completed || (state_ == State::proceeding && answered_);
  if (repeats) outputs_.push_back(Output::send_response);
}

void InviteServerTransaction::receive_ack(TimePoint now) {
  if (state_ == State::accepted) outputs_.push_back(Output::pass_ack);
  if (state_ != State::completed) return;
  timers_.stop_all();
  if (transport_ == Transport::reliable) {  // Timer I is zero
    terminate();
    return;
  }
  state_ = State::confirmed;
  timers_.start(i, now + times_.t4);
}

bool InviteServerTransaction::respond(TimePoint now, int status) {
  const bool success = status >= 200 && status < 300;
  if (state_ == State::accepted ? !success : state_ != State::proceeding) return false;
  outputs_.push_back(Output::send_response);
  answered_ = true;
  if (status < 200 || state_ == State::accepted) return true;
  if (success) {
    state_ = State::accepted;
    timers_.start(l, now + times_.patience());
    return true;
  }
  state_ = State::completed;
  timers_.start(h, now + times_.patience());
  if (transport_ == Transport::unreliable) timers_.start(g, now + resend_interval_);
  return true;
}

void InviteServerTransaction::advance(TimePoint now) {
  while (const auto timer = timers_.take_due(now)) fire(now, *timer);
}

void InviteServerTransaction::fire(TimePoint now, TransactionTimer timer) {
  switch (timer) {
    case g:
      outputs_.push_back(Output::send_response);
      resend_interval_ = std::min(2 * resend_interval_, times_.t2);
      timers_.start(g, now + resend_interval_);
      break;
    case h:
      outputs_.push_back(Output::time_out);
      terminate();
      break;
    default:
      terminate();
      break;
  }
}

void InviteServerTransaction::terminate() {
  state_ = State::terminated;
  timers_.stop_all();
}

std::optional<InviteServerTransaction::Output> InviteServerTransaction::poll() {
  if (outputs_.empty()) return std::nullopt;
  const Output output = outputs_.front();
  outputs_.pop_front();
  return output;
}

}  // namespace muster::sip
