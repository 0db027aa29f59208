// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"

namespace muster::sip {

/// What became of a message that the edge wanted kept.
enum class KeepResult { kept, over_quota, too_large, storage_failed };

/// What the edge asks of the node's store of waiting messages. AoRs as in Locator. An identity is
/// the text that message_identity() makes: the same for every copy of one message.
class StoredMessages {
 public:
  virtual ~StoredMessages() = default;
  /// Whether a message from this node for that user waits, so that a new one must queue behind it.
  [[nodiscard]] virtual bool waiting_for(std::string_view aor) const = 0;
  /// Keeps `request`, a whole MESSAGE request, for later; `kept` is said only once it is on stable
  /// storage. Keeping the same identity twice keeps it once.
  [[nodiscard]] virtual KeepResult keep(TimePoint now, std::string_view from, std::string_view to,
                                        std::string_view identity, BytesView request) = 0;
  /// Whether a phone of this node has acknowledged the message already.
  [[nodiscard]] virtual bool seen(std::string_view identity) const = 0;
  /// Remembers that a phone has acknowledged it; true once that is on stable storage.
  [[nodiscard]] virtual bool mark_seen(TimePoint now, std::string_view identity) = 0;
};

}  // namespace muster::sip
