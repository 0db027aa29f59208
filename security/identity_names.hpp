// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"

/// The names that certificates may hold, whole and normalised or refused.
namespace muster::security {

// Of the standards.
inline constexpr std::size_t label_octets_max = 63;    ///< RFC 1123 2.1
inline constexpr std::size_t domain_octets_max = 253;  ///< RFC 1035 2.3.4, without the last dot
// Ours.
inline constexpr std::size_t user_octets_max = 64;

/// An overlay's domain in lower case: RFC 1123 labels, at least two of them.
[[nodiscard]] Result<std::string> overlay_name(std::string_view text);
/// A node's name in lower case: one RFC 1123 label, but not "all", which means all of them.
[[nodiscard]] Result<std::string> node_name(std::string_view text);
/// The user part of an AoR, case kept (RFC 3261 19.1.4): letters, digits and -_.!~*'() (its
/// `unreserved`), starting with a letter or digit, so that it is also a file name and no option.
[[nodiscard]] Result<std::string> user_name(std::string_view text);

/// "sip:alice@drill.example".
[[nodiscard]] std::string aor_of(std::string_view user, std::string_view overlay);
/// "sip:host-1.drill.example": a SIP URI without user names a host (RFC 5922 7.1), so that no node
/// can pass for a user.
[[nodiscard]] std::string node_uri_of(std::string_view node, std::string_view overlay);

}  // namespace muster::security
