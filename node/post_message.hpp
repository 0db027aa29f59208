// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "security/end_to_end_wire.hpp"
#include "security/sealed_message.hpp"
#include "security/user_prekey.hpp"

/// What post offices say to each other, octet by octet as in docs/protocol/message.md. AoRs are
/// without scheme.
namespace muster::node {

/// The same in every copy of one SIP MESSAGE (sip::StoredMessages), as octets.
using MessageIdentity = Id<struct MessageIdentityTag, 16>;

struct PostedMessage {
  static constexpr std::size_t overhead_bytes = 1;
  BytesView sealed;
};

/// The recipient's signed word for what became of a message; where he visits, the visited node's.
struct Receipt {
  MessageIdentity identity;
  std::uint16_t status = 0;  ///< final SIP status: 2xx was shown, anything else refused for good
  security::Signature64 signature{};

  [[nodiscard]] static Bytes signed_octets(std::string_view sender, std::string_view recipient,
                                           const MessageIdentity& identity, std::uint16_t status);
};

/// "I have no key for that message; seal it again to this one": signed as a receipt is.
struct SealAgain {
  security::SealedMessageId message;
  security::Prekey prekey;
  security::Signature64 signature{};

  [[nodiscard]] static Bytes signed_octets(std::string_view recipient, const NodeId& node,
                                           const security::SealedMessageId& message,
                                           const security::Prekey& prekey);
};

/// "None of his phones takes it now."
struct NotNow {
  security::SealedMessageId message;
  std::uint16_t status = 0;
};

/// "A phone of his visits me and I have made this key for him": a visited node asks a home.
struct SignPrekey {
  security::Prekey prekey;
  std::string aor;
};

/// The home's answer: the user's word for that key at the node which asked.
struct PrekeySigned {
  security::UserPrekey signed_prekey;
  std::string aor;
};

/// Of an AoR in these messages, octets.
inline constexpr std::size_t post_aor_bytes_max = 255;

using PostMessage =
    std::variant<PostedMessage, Receipt, SealAgain, NotNow, SignPrekey, PrekeySigned>;

/// Whether a message of another node is for the post office: SIP begins with no such octet.
[[nodiscard]] bool is_post_message(BytesView bytes);
[[nodiscard]] Bytes encode(const PostMessage& message);
/// Nothing if it is none; the view in PostedMessage lives as long as `bytes`.
[[nodiscard]] std::optional<PostMessage> decode_post_message(BytesView bytes);

}  // namespace muster::node
