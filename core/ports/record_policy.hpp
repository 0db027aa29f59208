// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"

namespace muster::ports {

/// Who may write what in the directory (RELOAD's access policies, RFC 6940 section 7.3), and
/// whether a signature is the writer's. Asked before a record is stored, answered or forwarded.
class RecordPolicy {
 public:
  virtual ~RecordPolicy() = default;
  /// `kind` is the number of overlay::Kind, also where this version knows no such kind.
  [[nodiscard]] virtual bool may_write(std::uint16_t kind, std::string_view resource,
                                       const NodeId& writer) = 0;
  /// Ed25519 of `writer` over `text`; false too if the writer is unknown or shut out.
  [[nodiscard]] virtual bool verify(const NodeId& writer, BytesView text, BytesView signature) = 0;
  /// Whether that value may stand in a record of that kind at all: what proves itself must do so.
  /// The same on all nodes at all times, or they would not agree on what there is.
  [[nodiscard]] virtual bool sound(std::uint16_t /*kind*/, std::string_view /*resource*/,
                                   BytesView /*value*/) {
    return true;
  }
  /// The name at whose place a record lies where not everybody holds everything (of what concerns a
  /// user, his AoR); nothing if everybody is to hold it in any case.
  [[nodiscard]] virtual std::optional<std::string> placed_at(std::uint16_t /*kind*/,
                                                             std::string_view /*resource*/,
                                                             BytesView /*value*/) {
    return std::nullopt;
  }
  /// Of what everybody holds: the name at whose place it lies where nodes are known in buckets, so
  /// that nothing goes to everybody; nothing if it stays with its writer then.
  [[nodiscard]] virtual std::optional<std::string> searched_at(std::uint16_t /*kind*/,
                                                               std::string_view /*resource*/) {
    return std::nullopt;
  }
  /// Nodes that want to hold what is placed at this name, wherever they are.
  [[nodiscard]] virtual std::vector<NodeId> concerned(std::string_view /*name*/) { return {}; }
};

}  // namespace muster::ports
