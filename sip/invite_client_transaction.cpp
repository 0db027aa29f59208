// SPDX-License-Identifier: Apache-2.0
#include "sip/invite_client_transaction.hpp"

namespace muster::sip {

using enum TransactionTimer;

InviteClientTransaction::InviteClientTransaction(TimePoint now, Transport transport,
                                                 TransactionTimes times)
    : transport_(transport), times_(times), resend_interval_(times.t1) {
  outputs_.push_back(Output::send_request);
  if (transport_ == Transport::unreliable) timers_.start(a, now + resend_interval_);
  timers_.start(b, now + times_.patience());
}

void InviteClientTransaction::receive(TimePoint now, int status) {
  switch (state_) {
    case State::calling:
    case State::proceeding:
      if (status >= 200) {
        receive_first_final(now, status);
      } else {
        state_ = State::proceeding;
        timers_.stop_all();
        outputs_.push_back(Output::pass_response);
      }
      break;
    case State::completed:
      if (status >= 300) outputs_.push_back(Output::send_ack);
      break;
    case State::accepted:
      if (status >= 200 && status < 300) outputs_.push_back(Output::pass_response);
      break;
    case State::terminated:
      break;
  }
}

void InviteClientTransaction::receive_first_final(TimePoint now, int status) {
  timers_.stop_all();
  if (status < 300) {
    state_ = State::accepted;
    timers_.start(m, now + times_.patience());
    outputs_.push_back(Output::pass_response);
    return;
  }
  outputs_.push_back(Output::send_ack);
  outputs_.push_back(Output::pass_response);
  if (transport_ == Transport::reliable) {  // Timer D is zero
    state_ = State::terminated;
    return;
  }
  state_ = State::completed;
  timers_.start(d, now + times_.patience());
}

void InviteClientTransaction::advance(TimePoint now) {
  while (const auto timer = timers_.take_due(now)) fire(now, *timer);
}

void InviteClientTransaction::fire(TimePoint now, TransactionTimer timer) {
  switch (timer) {
    case a:
      outputs_.push_back(Output::send_request);
      resend_interval_ *= 2;
      timers_.start(a, now + resend_interval_);
      break;
    case b:
      outputs_.push_back(Output::time_out);
      abandon();
      break;
    default:
      abandon();
      break;
  }
}

void InviteClientTransaction::abandon() {
  state_ = State::terminated;
  timers_.stop_all();
}

std::optional<InviteClientTransaction::Output> InviteClientTransaction::poll() {
  if (outputs_.empty()) return std::nullopt;
  const Output output = outputs_.front();
  outputs_.pop_front();
  return output;
}

}  // namespace muster::sip
