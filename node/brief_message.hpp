// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"

/// A MESSAGE in few octets, for links of little airtime: who wrote it and for whom, as the home
/// nodes of both may say it to each other, and its text (docs/protocol/message.md).
namespace muster::node {

/// First octets of a hash of the AoR: tells the few users of one home node apart.
using UserHint = Id<struct UserHintTag, 3>;
[[nodiscard]] UserHint user_hint(std::string_view aor);
/// Whether `hint` is how the user's begins: one octet mostly does.
[[nodiscard]] bool hints_at(BytesView hint, std::string_view aor);

/// The text of a MESSAGE that says nothing else worth carrying: plain text between these two users
/// (AoRs without scheme), ROUTINE, without a field that a phone might want to see at the far end.
[[nodiscard]] std::optional<std::string> plain_text_of(BytesView request, std::string_view sender,
                                                       std::string_view recipient);

/// A MESSAGE made of it again. Every copy has the same identifiers, which follow from `identity`
/// (lower-case hexadecimal, as in sip::StoredMessages).
[[nodiscard]] Bytes request_of_text(std::string_view sender, std::string_view recipient,
                                    std::string_view identity, std::string_view text);

}  // namespace muster::node
