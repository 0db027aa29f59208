// SPDX-License-Identifier: Apache-2.0
#include "sip/non_invite_client_transaction.hpp"

#include <algorithm>

namespace muster::sip {

using enum TransactionTimer;

NonInviteClientTransaction::NonInviteClientTransaction(TimePoint now, Transport transport,
                                                       TransactionTimes times)
    : transport_(transport), times_(times), resend_interval_(times.t1) {
  outputs_.push_back(Output::send_request);
  if (transport_ == Transport::unreliable) timers_.start(e, now + resend_interval_);
  timers_.start(f, now + times_.patience());
}

void NonInviteClientTransaction::receive(TimePoint now, int status) {
  if (state_ != State::trying && state_ != State::proceeding) return;
  outputs_.push_back(Output::pass_response);
  if (status < 200) {
    state_ = State::proceeding;
    return;
  }
  timers_.stop_all();
  if (transport_ == Transport::reliable) {  // Timer K is zero
    state_ = State::terminated;
    return;
  }
  state_ = State::completed;
  timers_.start(k, now + times_.t4);
}

void NonInviteClientTransaction::advance(TimePoint now) {
  while (const auto timer = timers_.take_due(now)) fire(now, *timer);
}

void NonInviteClientTransaction::fire(TimePoint now, TransactionTimer timer) {
  switch (timer) {
    case e:
      outputs_.push_back(Output::send_request);
      resend_interval_ =
          state_ == State::trying ? std::min(2 * resend_interval_, times_.t2) : times_.t2;
      timers_.start(e, now + resend_interval_);
      break;
    case f:
      outputs_.push_back(Output::time_out);
      abandon();
      break;
    default:
      abandon();
      break;
  }
}

void NonInviteClientTransaction::abandon() {
  state_ = State::terminated;
  timers_.stop_all();
}

std::optional<NonInviteClientTransaction::Output> NonInviteClientTransaction::poll() {
  if (outputs_.empty()) return std::nullopt;
  const Output output = outputs_.front();
  outputs_.pop_front();
  return output;
}

}  // namespace muster::sip
