// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "radio/hop_link.hpp"
#include "radio/link_profile.hpp"

namespace muster::radio {

/// How long the first answer to anything may take on a metered link: a frame of the largest size, a
/// short one back, and the waits before both.
[[nodiscard]] Duration exchange_time(const LinkProfile& profile, std::size_t datagram_bytes_max);

/// `limits` as they are on a link that need not be spared, else with every time measured in frames
/// of the link. `stations`: how many others share the channel, as far as known.
[[nodiscard]] HopLink::Limits paced(HopLink::Limits limits, const LinkProfile& profile,
                                    std::size_t datagram_bytes_max, std::size_t stations);

}  // namespace muster::radio
