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
  for (const auto& ref : record.certificates) message.add_certificates(ref.data(), ref.size());
  for (const auto& node : record.wants) message.add_wants(node.octets.data(), node.octets.size());
  return serialise(message);
}

std::optional<NodeRecord> parse_node_record(BytesView bytes) {
  proto::NodeRecord message;
  if (!read(message, bytes, bytes_max) || message.name().empty() ||
      message.name().size() > NodeRecord::name_bytes_max ||
      message.software().size() > NodeRecord::software_bytes_max) {
    return std::nullopt;
  }
  NodeRecord record{message.name(), message.software(), message.checks()};
  if (message.certificates_size() > static_cast<int>(NodeRecord::certificates_max) ||
      message.wants_size() > static_cast<int>(NodeRecord::wants_max)) {
    return std::nullopt;
  }
  for (const auto& ref : message.certificates()) {
    if (ref.size() != NodeRecord::certificate_ref_bytes) return std::nullopt;
    record.certificates.emplace_back(ref.begin(), ref.end());
  }
  for (const auto& octets : message.wants()) {
    const auto node = NodeId::from(as_bytes(octets));
    if (!node) return std::nullopt;
    record.wants.push_back(*node);
  }
  return record;
}

}  // namespace muster::wire
