// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"

namespace muster::wire {

/// The newest dictionary that this build knows; nodes tell it with their prekey. It never changes:
/// another one gets another number (tests/dictionary/train.py).
inline constexpr std::uint32_t dictionary_newest = 1;

/// What users say in text (SIP, SDP, PIDF) in a fraction of its octets: Zstandard (RFC 8878) with a
/// dictionary of such messages that all nodes have. One octet 0x10 + number of the dictionary, then
/// the frame without its magic number. Nothing if that would not be shorter.
[[nodiscard]] std::optional<Bytes> pack(BytesView message);

[[nodiscard]] bool is_packed(BytesView message);

/// Nothing if it is malformed, of a dictionary that is not known here, or longer than `bytes_max`.
[[nodiscard]] std::optional<Bytes> unpack(BytesView packed, std::size_t bytes_max);

}  // namespace muster::wire
