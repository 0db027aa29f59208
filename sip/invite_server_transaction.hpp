// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>

#include "sip/hop.hpp"
#include "sip/transaction_timers.hpp"

namespace muster::sip {

/// The INVITE server transaction: RFC 3261 section 17.2.1 with the Accepted state of RFC 6026.
///
/// It holds no message: its owner keeps the last response handed in.
class InviteServerTransaction {
 public:
  enum class State { proceeding, completed, confirmed, accepted, terminated };
  enum class Output {
    send_response,  ///< the last response, for the first time or again
    pass_ack,       ///< the ACK just received belongs to a 2xx: to the transaction user
    time_out,       ///< Timer H: no ACK came
  };

  explicit InviteServerTransaction(Transport transport, TransactionTimes times = {});

  /// The INVITE has arrived again.
  void receive_request(TimePoint now);
  void receive_ack(TimePoint now);
  /// The transaction user answers. False if the state no longer allows it; the response is then not
  /// to be kept.
  [[nodiscard]] bool respond(TimePoint now, int status);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const { return timers_.deadline(); }
  [[nodiscard]] State state() const { return state_; }

 private:
  void fire(TimePoint now, TransactionTimer timer);
  void terminate();

  Transport transport_;
  TransactionTimes times_;
  TransactionTimers timers_;
  Duration resend_interval_;
  State state_ = State::proceeding;
  bool answered_ = false;  // there is a response to repeat
  std::deque<Output> outputs_;
};

}  // namespace muster::sip
