// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <variant>

namespace muster::sim {

/// What a phone tells the conductor.
struct PhoneRegistered {};
struct PhoneNotRegistered {
  std::string reason;
};
struct CallRinging {};
struct CallEstablished {
  bool outgoing = false;
};
struct CallClosed {
  bool outgoing = false;
  std::string reason;
};
struct CallMedia {
  unsigned sent = 0;      ///< RTP packets
  unsigned received = 0;  ///< RTP packets
};
struct MessageAnswered {
  std::size_t tag = 0;  ///< as given to `message`
  unsigned status = 0;
};
struct MessageShown {
  std::string from;
  std::string text;
};
struct PhoneFailed {
  std::string reason;
};
using PhoneEvent = std::variant<PhoneRegistered, PhoneNotRegistered, CallRinging, CallEstablished,
                                CallClosed, CallMedia, MessageAnswered, MessageShown, PhoneFailed>;

}  // namespace muster::sim
