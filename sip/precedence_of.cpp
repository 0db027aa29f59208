// SPDX-License-Identifier: Apache-2.0
#include "sip/precedence_of.hpp"

#include <array>

#include "sip/scanner.hpp"

namespace muster::sip {

Precedence precedence_of(const Message& message) {
  for (const auto value : message.headers("Resource-Priority")) {
    const auto dot = value.rfind('.');
    if (dot == std::string_view::npos) continue;
    for (const auto precedence :
         {Precedence::flash, Precedence::immediate, Precedence::priority, Precedence::routine}) {
      if (same(value.substr(dot + 1), to_string(precedence))) return precedence;
    }
  }
  constexpr std::array call_methods{"INVITE", "ACK",    "CANCEL", "BYE",
                                    "PRACK",  "UPDATE", "INFO",   "REFER"};
  const std::string method = message.method();
  for (const auto* name : call_methods) {
    if (method == name) return Precedence::priority;
  }
  return Precedence::routine;
}

}  // namespace muster::sip
