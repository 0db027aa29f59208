// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace muster::security {

/// The first octet of every datagram on a link.
enum class DatagramType : std::uint8_t {
  beacon = 1,
  xx_first = 2,
  xx_second = 3,
  xx_third = 4,
  ik_first = 5,
  ik_second = 6,
  refusal = 7,  ///< "I cannot answer your ik_first": begin again with XX
  data = 16,
  probe = 17,  ///< data without a frame that asks for data without a frame
};

}  // namespace muster::security
