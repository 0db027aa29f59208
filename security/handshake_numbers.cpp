// SPDX-License-Identifier: Apache-2.0
#include "security/handshake_numbers.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::security {
namespace {

std::string row_of(const NodeId& node) { return "handshake." + node.hex(); }

}  // namespace

HandshakeNumbers::Known& HandshakeNumbers::recall(const NodeId& node) {
  if (const auto found = known_.find(node); found != known_.end()) return found->second;
  // What is forgotten here is read again when it is needed.
  if (known_.size() >= limits_.nodes_max) known_.erase(known_.begin());
  Known& known = known_[node];
  const auto stored = store_ ? store_->find(row_of(node)) : std::nullopt;
  if (!stored) return known;
  ByteReader reader(*stored);
  known.written.boot = reader.u32();
  known.written.number = reader.u32();
  // Damaged: as if the node had never been met; a replay still makes no session.
  if (!reader.finished()) known.written = {};
  known.accepted = known.written;
  return known;
}

bool HandshakeNumbers::accept(TimePoint now, const NodeId& node, const HandshakeNumber& number) {
  Known& known = recall(node);
  if (number <= known.accepted) return false;
  if (number > known.written && !write(now, node, known, number)) return false;
  known.accepted = number;
  return true;
}

bool HandshakeNumbers::write(TimePoint now, const NodeId& node, Known& known,
                             const HandshakeNumber& number) {
  HandshakeNumber bound = number;
  if (known.written_at && now < *known.written_at + limits_.write_interval) {
    const std::uint32_t room = std::numeric_limits<std::uint32_t>::max() - number.number;
    bound.number += std::min(limits_.reserve, room);
  }
  if (store_) {
    const ByteWriter row = ByteWriter{}.u32(bound.boot).u32(bound.number);
    if (!store_->put(row_of(node), row.view())) {
      ++counters_.write_failures;
      return false;
    }
    ++counters_.writes;
  }
  known.written = bound;
  known.written_at = now;
  return true;
}

void HandshakeNumbers::note(const NodeId& node, const HandshakeNumber& number) {
  Known& known = recall(node);
  known.accepted = std::max(known.accepted, number);
}

}  // namespace muster::security
