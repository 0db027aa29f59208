// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "sip/edge_names.hpp"

namespace muster::sip {

/// SHA-256 over the fields, each preceded by its length; 64 hexadecimal digits.
[[nodiscard]] std::string fingerprint(std::initializer_list<std::string_view> fields);

/// What is the same in every copy of one MESSAGE, however often and by whatever node it is sent
/// again: Call-ID, CSeq, From tag, and the AoRs in From and To. 32 hexadecimal digits.
[[nodiscard]] std::string message_identity(const EdgeNames& names, const Message& request);

/// What decides where a request goes (RFC 3261 section 16.6 item 8): a request that comes back with
/// the same is a loop, with another it is a spiral. 8 hexadecimal digits.
[[nodiscard]] std::string loop_fingerprint(const Message& request);

}  // namespace muster::sip
