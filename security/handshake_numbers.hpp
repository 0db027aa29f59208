// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "core/base/ids.hpp"
#include "core/base/time.hpp"
#include "core/ports/state_store.hpp"
#include "security/session_wire.hpp"

namespace muster::security {

/// Remembers, over restarts, the number of the newest handshake of each node, so that its ik_first
/// counts once for ever.
///
/// What is written is never less than what was accepted, and it is on stable storage before the
/// handshake is answered. It is written exactly at most once in `write_interval` per node; if
/// more handshakes come within that time, a bound `reserve` numbers ahead is written instead, and
/// those below it need no writing. After a restart the bound counts as the newest number, so a
/// node that was in such a hurry may be refused once, and goes on by XX. The boot count comes first
/// in a number and grows durably with each start of that node, so its numbers never repeat and
/// any node that restarts is above every bound.
class HandshakeNumbers {
 public:
  struct Limits {
    std::size_t nodes_max = 4096;  ///< held in memory; the store has a row for each verified node
    Duration write_interval = std::chrono::seconds{10};
    std::uint32_t reserve = 256;
  };
  struct Counters {
    std::uint64_t writes = 0;
    std::uint64_t write_failures = 0;  ///< the handshake was refused
  };

  /// Nothing is remembered over a restart if `store` is nullptr; else it outlives this.
  HandshakeNumbers(ports::StateStore* store, Limits limits) : store_(store), limits_(limits) {}

  /// False, and nothing changes, if it is not newer than what was accepted, or could not be
  /// written.
  [[nodiscard]] bool accept(TimePoint now, const NodeId& node, const HandshakeNumber& number);
  /// Of a handshake that is known to be fresh, as XX is: what came before it is old. A node that
  /// has lost its boot count stays with XX until that has grown again: going back to its lower
  /// number would let its old messages count anew.
  void note(const NodeId& node, const HandshakeNumber& number);
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Known {
    HandshakeNumber accepted;
    HandshakeNumber written;
    std::optional<TimePoint> written_at;
  };
  Known& recall(const NodeId& node);
  [[nodiscard]] bool write(TimePoint now, const NodeId& node, Known& known,
                           const HandshakeNumber& number);

  ports::StateStore* store_;
  Limits limits_;
  std::map<NodeId, Known> known_;
  Counters counters_;
};

}  // namespace muster::security
