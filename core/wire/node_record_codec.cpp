// SPDX-License-Identifier: Apache-2.0
#include "core/wire/node_record.hpp"
#include "core/wire/protobuf_codec.hpp"
#include "core/wire/records.pb.h"

namespace muster::wire {
namespace {
constexpr std::size_t bytes_max = 512;
}

Bytes encode(const NodeRecord& record) {
  proto::NodeRecord message;
  message.set_name(record.name);
  message.set_software(record.software);
  message.set_checks(record.checks);
  return serialise(message);
}

std::optional<NodeRecord> parse_node_record(BytesView bytes) {
  proto::NodeRecord message;
  if (!read(message, bytes, bytes_max) || message.name().empty() ||
      message.name().size() > NodeRecord::name_bytes_max ||
      message.software().size() > NodeRecord::software_bytes_max) {
    return std::nullopt;
  }
  return NodeRecord{message.name(), message.software(), message.checks()};
}

}  // namespace muster::wire
