// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "sip/edge_names.hpp"
#include "sip/message.hpp"

namespace muster::sip {

/// Why a request goes no further, as a response says it.
struct Refusal {
  unsigned status = 0;
  std::string reason;  ///< empty: the usual words
  std::optional<Header> header;
};

/// The methods this edge knows, as Allow says it.
inline constexpr std::string_view allowed_methods =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, MESSAGE, INFO, UPDATE, PRACK, REFER, SUBSCRIBE, "
    "NOTIFY, PUBLISH";

/// RFC 3261 section 16.3, before a request is proxied: URI scheme, Max-Forwards, loops,
/// Proxy-Require.
[[nodiscard]] std::optional<Refusal> check_proxied(const EdgeNames& names, const Message& request);

/// RFC 3261 section 8.2.2.3, before a request is answered by this element itself: Require.
[[nodiscard]] std::optional<Refusal> check_answered_here(const Message& request);

/// RFC 3261 section 16.4: undoes strict routing and takes away the Route values that name us.
void take_own_routes(const EdgeNames& names, Message& request);

/// RFC 3261 section 16.6: the copy of `request` that goes to `to`; `branch` without the cookie.
/// Record-Route for both sides where the request may begin a dialog (RFC 5658). Our own
/// credentials go no further.
[[nodiscard]] Message forwarded(const EdgeNames& names, const Message& request, const Hop& from,
                                const Hop& to, const std::string& branch);

}  // namespace muster::sip
