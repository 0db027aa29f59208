// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"

namespace muster::wire {

/// That the writer offers the service that the resource names.
struct ServiceRecord {
  static constexpr std::size_t note_bytes_max = 64;
  std::string note;  ///< for people (core/base/plain_text); may be empty
  friend bool operator==(const ServiceRecord&, const ServiceRecord&) = default;
};

/// As RFC 6335, section 5.1, has it of services of the internet, in small letters: 1 to 15 of
/// letters, digits and single hyphens inside, with a letter among them. So it is no AoR and no
/// NodeId.
[[nodiscard]] bool is_service_name(std::string_view name);

[[nodiscard]] Bytes encode(const ServiceRecord& record);
/// Nothing if it is not one, or breaks a limit.
[[nodiscard]] std::optional<ServiceRecord> parse_service_record(BytesView bytes);

}  // namespace muster::wire
