// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "core/base/time.hpp"
#include "sip/message.hpp"
#include "sip/phone_address.hpp"
#include "sip/transaction_layer.hpp"

namespace muster::sip {

/// Repairs the 2xx of an INVITE and its ACK leg by leg.
///
/// In RFC 3261 both are repeated from end to end by the phones alone, at intervals up to 4 s, so
/// that every loss on the way of either costs a whole round and every repetition crosses the mesh.
/// But the mesh acknowledges: what was handed to it once need not be repeated. So the edge of the
/// caller repeats the 2xx to its phone until the ACK passes, and the edge of the called answers a
/// repeated 2xx with the ACK it has already seen. Each crosses the mesh once, or again after
/// `again_after` if no sign of the other has come by then.
///
/// A pure state machine. Calls between two phones of one node are none of its business.
class ConfirmationTable {
 public:
  struct Limits {
    std::size_t entries_max = 512;  ///< a message each; beyond, everything passes as in the RFC
    Duration again_after = std::chrono::seconds{8};
  };
  /// The 2xx once more, to the phone that called.
  struct RepeatSuccess {
    ServerNumber server;
    Message response;
  };
  /// The ACK once more, to the phone that was called.
  struct RepeatAck {
    PhoneAddress to;
    Bytes ack;
  };
  using Output = std::variant<RepeatSuccess, RepeatAck>;

  ConfirmationTable(Limits limits, TransactionTimes times) : limits_(limits), times_(times) {}

  /// A 2xx from a node, for a phone here. False: it is not to be passed on.
  [[nodiscard]] bool success_to_phone(TimePoint now, ServerNumber server, const Message& response);
  /// A 2xx from a phone here, for a node.
  [[nodiscard]] bool success_to_node(TimePoint now, const Message& response);
  /// The ACK from a phone here, for a node.
  [[nodiscard]] bool ack_to_node(TimePoint now, const Message& ack);
  /// The ACK from a node, sent to a phone here in these bytes.
  void ack_to_phone(const Message& ack, const PhoneAddress& to, Bytes bytes);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

 private:
  struct Repetition {
    ServerNumber server;
    Message response;
    Duration interval;
    TimePoint at;
  };
  struct Entry {
    TimePoint forget_at;
    std::optional<TimePoint> passed;  // when a message of this kind last went into the mesh
    std::optional<Repetition> repetition;
    std::optional<RepeatAck> ack;
  };
  Entry* find(const Message& message);
  Entry* find_or_make(TimePoint now, const Message& message);
  [[nodiscard]] bool pass_again(TimePoint now, Entry& entry) const;

  Limits limits_;
  TransactionTimes times_;
  std::map<std::string, Entry> entries_;  // by Call-ID, To tag and CSeq number
  std::deque<Output> outputs_;
};

}  // namespace muster::sip
