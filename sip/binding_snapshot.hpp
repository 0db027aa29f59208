// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "sip/location_table.hpp"

namespace muster::sip {

/// The bindings of this node as they are kept across a restart. Phones on a connection are left
/// out: the connection does not outlive the node, and the phone, which notices, registers again.
///
/// No clock outlives the node either, so the time that it was off does not count: a binding may be
/// kept that much longer than the phone asked for.
namespace snapshot {

inline constexpr std::size_t bindings_max = 4096;  ///< about 300 octets each

[[nodiscard]] Bytes encode(TimePoint now, const LocationTable::Bindings& all);

struct Restored {
  std::string aor;
  Binding binding;  ///< registered_at: deep in the past
};
/// Nothing if the bytes are not what encode() gives.
[[nodiscard]] std::optional<std::vector<Restored>> decode(TimePoint now, BytesView bytes);

}  // namespace snapshot
}  // namespace muster::sip
