// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>

#include "sip/hop.hpp"
#include "sip/transaction_timers.hpp"

namespace muster::sip {

/// The INVITE client transaction: RFC 3261 section 17.1.1 with the Accepted state of RFC 6026.
///
/// It holds no message. Its outputs name what its owner does with the request it keeps and with
/// the response it has just handed in. Early, late and repeated calls are harmless.
class InviteClientTransaction {
 public:
  enum class State { calling, proceeding, completed, accepted, terminated };
  enum class Output {
    send_request,   ///< the INVITE, for the first time or again
    send_ack,       ///< the ACK of the final response that is not 2xx
    pass_response,  ///< the response just received goes to the transaction user
    time_out,       ///< Timer B: nobody has answered
  };

  InviteClientTransaction(TimePoint now, Transport transport, TransactionTimes times = {});

  /// A response with this status has arrived.
  void receive(TimePoint now, int status);
  void advance(TimePoint now);
  /// Ends it silently: the transport has failed or its user no longer cares.
  void abandon();

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const { return timers_.deadline(); }
  [[nodiscard]] State state() const { return state_; }

 private:
  void receive_first_final(TimePoint now, int status);
  void fire(TimePoint now, TransactionTimer timer);

  Transport transport_;
  TransactionTimes times_;
  TransactionTimers timers_;
  Duration resend_interval_;
  State state_ = State::calling;
  std::deque<Output> outputs_;
};

}  // namespace muster::sip
