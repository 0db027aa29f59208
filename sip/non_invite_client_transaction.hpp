// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>

#include "sip/hop.hpp"
#include "sip/transaction_timers.hpp"

namespace muster::sip {

/// The client transaction of every method but INVITE and ACK: RFC 3261 section 17.1.2.
///
/// Holds no message, as InviteClientTransaction.
class NonInviteClientTransaction {
 public:
  enum class State { trying, proceeding, completed, terminated };
  enum class Output {
    send_request,   ///< for the first time or again
    pass_response,  ///< the response just received goes to the transaction user
    time_out,       ///< Timer F: no final response
  };

  NonInviteClientTransaction(TimePoint now, Transport transport, TransactionTimes times = {});

  void receive(TimePoint now, int status);
  void advance(TimePoint now);
  void abandon();

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const { return timers_.deadline(); }
  [[nodiscard]] State state() const { return state_; }

 private:
  void fire(TimePoint now, TransactionTimer timer);

  Transport transport_;
  TransactionTimes times_;
  TransactionTimers timers_;
  Duration resend_interval_;
  State state_ = State::trying;
  std::deque<Output> outputs_;
};

}  // namespace muster::sip
