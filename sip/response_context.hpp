// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "core/base/time.hpp"
#include "sip/message.hpp"

namespace muster::sip {

/// A client transaction, numbered by the TransactionLayer.
using ClientNumber = std::uint64_t;

/// The response context of one forked request (RFC 3261 section 16.7): which responses go back to
/// the caller and when, which branches are cancelled, and the best of several refusals.
///
/// A pure state machine that knows no hops and sends nothing itself.
class ResponseContext {
 public:
  /// Goes to the caller. Without a message the status was made here and the owner makes one.
  struct Forward {
    ClientNumber branch;
    int status;
    std::optional<Message> response;
  };
  /// A CANCEL goes down this branch.
  struct Cancel {
    ClientNumber branch;
  };
  /// Nothing more is awaited on this branch: the transaction may be forgotten.
  struct Abandon {
    ClientNumber branch;
  };
  using Output = std::variant<Forward, Cancel, Abandon>;

  enum class Kind { invite, other };
  /// RFC 3261 section 16.6 item 11 wants Timer C above three minutes.
  static constexpr Duration timer_c = std::chrono::seconds{181};
  /// RFC 3261 section 9.1: how long a cancelled INVITE may stay without its 487.
  static constexpr Duration cancel_patience = std::chrono::seconds{32};

  explicit ResponseContext(Kind kind) : kind_(kind) {}

  void add_branch(TimePoint now, ClientNumber branch);
  void receive(TimePoint now, ClientNumber branch, Message response);
  /// The branch timed out or its hop failed; counts as this final status.
  void fail(TimePoint now, ClientNumber branch, int status);
  /// The caller has cancelled.
  void cancel(TimePoint now);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  /// A final response has been put out.
  [[nodiscard]] bool answered() const { return answered_; }
  [[nodiscard]] bool cancelled() const { return cancelled_; }
  [[nodiscard]] bool pending(ClientNumber branch) const;
  /// No branch is pending.
  [[nodiscard]] bool finished() const;

 private:
  struct Branch {
    ClientNumber number = 0;
    bool provisional = false;
    bool cancel_wanted = false;
    bool cancel_sent = false;
    int status = 0;  // of the final response; 0 while pending
    std::optional<Message> response;
    std::optional<TimePoint> timer_c;
    std::optional<TimePoint> gives_up;  // after a CANCEL
  };
  Branch* find(ClientNumber number);
  void receive_provisional(TimePoint now, Branch& branch, Message response);
  void settle(TimePoint now, Branch& branch, int status, std::optional<Message> response);
  void cancel_pending(TimePoint now);
  void send_cancel(TimePoint now, Branch& branch);
  void answer_with_best();
  Branch* best();

  Kind kind_;
  bool answered_ = false;
  bool cancelled_ = false;
  std::vector<Branch> branches_;
  std::deque<Output> outputs_;
};

}  // namespace muster::sip
