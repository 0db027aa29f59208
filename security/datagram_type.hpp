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
  cookie = 8,   ///< "I am under load": send your first message again under this cookie
  cookied = 9,  ///< xx_first or ik_first inside the proof of a cookie
  piece = 10,   ///< a part of one of those before, on a link too small for the whole
  direct = 11,  ///< a question or answer of the directory, without a session
  data = 16,
  probe = 17,          ///< data without a frame that asks for data without a frame
  broadcast = 18,      ///< a frame for all neighbours, under the sender key of a node
  channel = 19,        ///< a frame for all members on a narrow channel
  channel_whole = 20,  ///< likewise, its number told whole
};

}  // namespace muster::security
