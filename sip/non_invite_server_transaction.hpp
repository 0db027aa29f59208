// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>

#include "sip/hop.hpp"
#include "sip/transaction_timers.hpp"

namespace muster::sip {

/// The server transaction of every method but INVITE and ACK: RFC 3261 section 17.2.2.
///
/// Holds no message, as InviteServerTransaction.
class NonInviteServerTransaction {
 public:
  enum class State { trying, proceeding, completed, terminated };
  enum class Output { send_response };

  explicit NonInviteServerTransaction(Transport transport, TransactionTimes times = {});

  /// The request has arrived again.
  void receive_request(TimePoint now);
  /// False if there is a final response already.
  [[nodiscard]] bool respond(TimePoint now, int status);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const { return timers_.deadline(); }
  [[nodiscard]] State state() const { return state_; }

 private:
  Transport transport_;
  TransactionTimes times_;
  TransactionTimers timers_;
  State state_ = State::trying;
  std::deque<Output> outputs_;
};

}  // namespace muster::sip
