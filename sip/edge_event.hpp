// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace muster::sip {

/// Something that happened at this edge and that a person may want to know. The fields hold AoRs
/// and are private: whoever logs them redacts.
struct Event {
  enum class Kind {
    registered,         ///< a phone of `from` registered; `detail` is its address
    unregistered,       ///< the last binding of `from` ended
    call_offered,       ///< an INVITE from `from` to `to` passes
    call_answered,      ///< ... and was answered
    call_ended,         ///< ... and is over; `status` is the final status of a call never answered
    message_delivered,  ///< a phone, here or afar, acknowledged the message
    message_stored,     ///< it was kept, the sender was told 202
    refused,            ///< a request was refused with `status`; `detail` says why
  };
  Kind kind{};
  std::string from;
  std::string to;
  int status = 0;
  std::string call_id;
  std::string detail;
};

[[nodiscard]] constexpr std::string_view to_string(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::registered:
      return "registered";
    case Event::Kind::unregistered:
      return "unregistered";
    case Event::Kind::call_offered:
      return "call_offered";
    case Event::Kind::call_answered:
      return "call_answered";
    case Event::Kind::call_ended:
      return "call_ended";
    case Event::Kind::message_delivered:
      return "message_delivered";
    case Event::Kind::message_stored:
      return "message_stored";
    case Event::Kind::refused:
      return "refused";
  }
  return "unknown";
}

}  // namespace muster::sip
