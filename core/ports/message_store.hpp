// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"

namespace muster::ports {

/// An accepted message as it lies on disk. Times count seconds this node was powered on.
struct StoredMessage {
  std::uint64_t id = 0;  ///< unique, growing
  std::string identity;
  std::string from;
  std::string to;
  Bytes request;  ///< empty once the message is settled
  std::uint8_t state = 0;
  std::uint32_t attempts = 0;
  std::int64_t accepted_s = 0;  ///< negative if it was old already when it came
  std::uint32_t lifetime_s = 0;
  friend bool operator==(const StoredMessage&, const StoredMessage&) = default;
};

/// Keeps messages that were accepted until they are settled. Each call returns once its effect is
/// on stable storage; false if it could not be stored, and then nothing has changed.
class MessageStore {
 public:
  virtual ~MessageStore() = default;
  /// In the order of their ids.
  [[nodiscard]] virtual std::vector<StoredMessage> load_messages() = 0;
  /// Inserts, or replaces the message of that id.
  [[nodiscard]] virtual bool put(const StoredMessage& message) = 0;
  [[nodiscard]] virtual bool erase_message(std::uint64_t id) = 0;
  /// How long this node has been powered on in all its lives, as far as was noted.
  [[nodiscard]] virtual std::int64_t powered_on_s() = 0;
  [[nodiscard]] virtual bool note_powered_on_s(std::int64_t seconds) = 0;
};

}  // namespace muster::ports
