// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.hpp"

namespace muster::sip {

/// A call that passes this edge, by its Call-ID.
struct Call {
  std::string call_id;
  std::string from;  ///< AoR of the caller
  std::string to;
  std::string caller_tag;      ///< From tag of the first INVITE
  std::optional<NodeId> peer;  ///< the edge at the other end, if it is another node
  bool answered = false;
  std::string callee_tag;  ///< To tag of the first 2xx, once answered

  /// The message is of a dialog with a phone that answered after another had: both had been
  /// ringing, the CANCEL came too late. The caller's phone ends it with a BYE (RFC 3261 section
  /// 13.2.2.4); the call with the first goes on.
  [[nodiscard]] bool is_second_answer(std::string_view from_tag, std::string_view to_tag) const {
    const bool own = from_tag == callee_tag || to_tag == callee_tag;
    return answered && !own && !to_tag.empty();
  }
};

/// The calls of this edge, for its media, for events, and to know which node may speak in them.
class CallTable {
 public:
  explicit CallTable(std::size_t calls_max) : calls_max_(calls_max) {}

  /// Nothing if there is none; else it becomes the last to be forgotten.
  [[nodiscard]] Call* find(std::string_view call_id);
  /// The call, new or known, and, where the table was full, the one forgotten for it.
  struct Begun {
    Call& call;
    bool is_new;
    std::optional<Call> forgotten;
  };
  Begun begin(std::string_view call_id);
  [[nodiscard]] std::optional<Call> end(std::string_view call_id);
  [[nodiscard]] std::size_t size() const { return calls_.size(); }

 private:
  std::size_t calls_max_;
  std::list<Call> calls_;  // the latest first; a few hundred at most
};

}  // namespace muster::sip
