// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Unix time in milliseconds and how people write it, always UTC.
namespace muster::node {

/// "2026-05-01T09:30:00.250Z"
[[nodiscard]] std::string utc_text(std::int64_t unix_ms);
/// "2026-05-01 09:30"
[[nodiscard]] std::string utc_minute_text(std::int64_t unix_ms);
/// "2026-05-01", "2026-05-01T09:30" or "2026-05-01T09:30:00", each with or without "Z".
[[nodiscard]] std::optional<std::int64_t> parse_utc(std::string_view text);

}  // namespace muster::node
