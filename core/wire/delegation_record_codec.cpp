// SPDX-License-Identifier: Apache-2.0
#include "core/wire/delegation_record.hpp"
#include "core/wire/protobuf_codec.hpp"
#include "core/wire/records.pb.h"

namespace muster::wire {
namespace {

constexpr std::size_t bytes_max = 1024;

}  // namespace

Bytes encode(const DelegationRecord& record) {
  proto::DelegationRecord message;
  for (const auto& visited : record.visited) {
    auto* added = message.add_visited();
    added->set_node(visited.node.octets.data(), NodeId::size);
    added->set_age_s(static_cast<std::uint32_t>(visited.age.count()));
  }
  return serialise(message);
}

std::optional<DelegationRecord> parse_delegation_record(BytesView bytes) {
  proto::DelegationRecord message;
  if (!read(message, bytes, bytes_max) || message.visited_size() == 0 ||
      static_cast<std::size_t>(message.visited_size()) > DelegationRecord::visited_max) {
    return std::nullopt;
  }
  DelegationRecord record;
  for (const auto& visited : message.visited()) {
    const auto node = NodeId::from(as_bytes(visited.node()));
    if (!node) return std::nullopt;
    record.visited.push_back({*node, std::chrono::seconds{visited.age_s()}});
  }
  return record;
}

}  // namespace muster::wire
