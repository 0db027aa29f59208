// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

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
};

}  // namespace muster::ports
