// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"

namespace muster::wire {

/// That phones of a user are registered at the node that wrote this. Where exactly stays there.
struct SipBindingRecord {
  static constexpr std::size_t aor_bytes_max = 255;
  static constexpr std::size_t contacts_max = 16;
  static constexpr std::size_t phones_max = 16;
  struct Contact {
    std::uint16_t q_thousandths = 1000;  ///< 0 to 1000
    std::chrono::seconds expires{0};
    friend bool operator==(const Contact&, const Contact&) = default;
  };
  /// A phone that names itself by +sip.instance.
  struct Phone {
    std::uint64_t instance = 0;
    std::chrono::seconds age{0};  ///< since its last REGISTER, when the record was written
    friend bool operator==(const Phone&, const Phone&) = default;
  };
  std::string aor;
  std::uint32_t boot = 0;
  std::vector<Contact> contacts;
  std::uint32_t instances = 0;  ///< distinct +sip.instance values (RFC 5626)
  std::vector<Phone> phones;
  friend bool operator==(const SipBindingRecord&, const SipBindingRecord&) = default;
};

[[nodiscard]] Bytes encode(const SipBindingRecord& record);
/// Nothing if it is not one, or breaks a limit.
[[nodiscard]] std::optional<SipBindingRecord> parse_sip_binding_record(BytesView bytes);

}  // namespace muster::wire
