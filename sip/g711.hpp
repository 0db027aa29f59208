// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"

namespace muster::sip {

/// The two laws of ITU-T G.711, by their static RTP payload types (RFC 3551 section 6): 8,000
/// samples a second, one octet each.
enum class G711 : std::uint8_t { pcmu = 0, pcma = 8 };

inline constexpr unsigned g711_samples_per_second = 8000;

/// Silence as a listener hears it: the code of the sample 0.
[[nodiscard]] std::uint8_t g711_silence(G711 law);
/// `samples` are 16 bits, full scale.
[[nodiscard]] Bytes g711_encode(G711 law, std::span<const std::int16_t> samples);
[[nodiscard]] std::vector<std::int16_t> g711_decode(G711 law, BytesView codes);

}  // namespace muster::sip
