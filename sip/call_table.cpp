// SPDX-License-Identifier: Apache-2.0
#include "sip/call_table.hpp"

#include <algorithm>
#include <utility>

namespace muster::sip {

Call* CallTable::find(std::string_view call_id) {
  const auto it = std::find_if(calls_.begin(), calls_.end(),
                               [&](const Call& call) { return call.call_id == call_id; });
  if (it == calls_.end()) return nullptr;
  calls_.splice(calls_.begin(), calls_, it);
  return &calls_.front();
}

CallTable::Begun CallTable::begin(std::string_view call_id) {
  if (Call* known = find(call_id)) return {*known, false, std::nullopt};
  std::optional<Call> forgotten;
  if (calls_.size() >= calls_max_) {
    forgotten = std::move(calls_.back());
    calls_.pop_back();
  }
  calls_.push_front({.call_id = std::string{call_id},
                     .from = {},
                     .to = {},
                     .caller_tag = {},
                     .peer = {},
                     .callee_tag = {}});
  return {calls_.front(), true, std::move(forgotten)};
}

std::optional<Call> CallTable::end(std::string_view call_id) {
  if (find(call_id) == nullptr) return std::nullopt;
  Call ended = std::move(calls_.front());
  calls_.pop_front();
  return ended;
}

}  // namespace muster::sip
