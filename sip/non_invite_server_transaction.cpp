// SPDX-License-Identifier: Apache-2.0
#include "sip/non_invite_server_transaction.hpp"

namespace muster::sip {

using enum TransactionTimer;

NonInviteServerTransaction::NonInviteServerTransaction(Transport transport, TransactionTimes times)
    : transport_(transport), times_(times) {}

void NonInviteServerTransaction::receive_request(TimePoint) {
  const bool repeats = state_ == State::proceeding || state_ == State::completed;
  if (repeats) outputs_.push_back(Output::send_response);
}

bool NonInviteServerTransaction::respond(TimePoint now, int status) {
  if (state_ != State::trying && state_ != State::proceeding) return false;
  outputs_.push_back(Output::send_response);
  if (status < 200) {
    state_ = State::proceeding;
  } else if (transport_ == Transport::reliable) {  // Timer J is zero
    state_ = State::terminated;
  } else {
    state_ = State::completed;
    timers_.start(j, now + times_.patience());
  }
  return true;
}

void NonInviteServerTransaction::advance(TimePoint now) {
  if (!timers_.take_due(now)) return;
  state_ = State::terminated;
  timers_.stop_all();
}

std::optional<NonInviteServerTransaction::Output> NonInviteServerTransaction::poll() {
  if (outputs_.empty()) return std::nullopt;
  const Output output = outputs_.front();
  outputs_.pop_front();
  return output;
}

}  // namespace muster::sip
