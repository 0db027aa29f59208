// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "node/brief_message.hpp"
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

/// A MESSAGE that one home node tells the other in few octets: it is sealed from node to node, and
/// both nodes hold the key of their user anyway.
struct BriefMessage {
  static constexpr std::size_t overhead_bytes_min = 1 + 16 + 1 + 1;
  MessageIdentity identity;
  UserHint sender;     ///< at home at the node that sends this
  UserHint recipient;  ///< at home at the node that it is sent to
  bool whole = false;  ///< `content` is the request as it was stored, else the text alone
  BytesView content;
  /// How much of the hints is told, octets: 1 or all. What is whole has them whole.
  std::size_t hint_bytes = UserHint::size;
};

/// What became of it: the recipient's home says so, sealed from node to node.
struct BriefReceipt {
  /// First octets of the identity: enough to tell what one origin has under way to one node.
  using Name = Id<struct BriefReceiptNameTag, 8>;
  enum class Result : std::uint8_t { delivered, rejected, not_now };
  Name name;
  Result result = Result::delivered;
  std::uint16_t status = 0;
};
[[nodiscard]] BriefReceipt::Name brief_name(const MessageIdentity& identity);

/// Of an AoR in these messages, octets.
inline constexpr std::size_t post_aor_bytes_max = 255;

using PostMessage = std::variant<PostedMessage, Receipt, SealAgain, NotNow, SignPrekey,
                                 PrekeySigned, BriefMessage, BriefReceipt>;

/// Whether a message of another node is for the post office: SIP begins with no such octet.
[[nodiscard]] bool is_post_message(BytesView bytes);
[[nodiscard]] Bytes encode(const PostMessage& message);
/// Nothing if it is none; the views in it live as long as `bytes`.
[[nodiscard]] std::optional<PostMessage> decode_post_message(BytesView bytes);

}  // namespace muster::node
