// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/time.hpp"

namespace muster::sip {

/// The agent speaks and hears mono at this rate, whatever is on the wire.
inline constexpr unsigned audio_samples_per_second = 48'000;
inline constexpr Duration audio_frame_duration = std::chrono::milliseconds{20};
inline constexpr std::size_t audio_frame_samples = 960;
/// 20 ms, 16 bits full scale.
using AudioFrame = std::array<std::int16_t, audio_frame_samples>;

}  // namespace muster::sip
