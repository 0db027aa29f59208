// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "core/ports/random.hpp"
#include "security/certificate_ref.hpp"
#include "security/crypto.hpp"
#include "security/secret.hpp"

/// A message sealed from user to user, octet for octet as in docs/protocol/message.md: it may lie
/// anywhere and travel with anybody. HPKE (RFC 9180) base mode to each of the recipient's prekeys,
/// the sender's certificate and signature inside, so that carriers learn neither the sender nor
/// the text, and a stolen prekey forges nobody. AoRs here are without scheme.
namespace muster::security {

/// Names a sealed message by its octets: first 16 octets of their SHA-256.
using SealedMessageId = Id<struct SealedMessageIdTag, 16>;
[[nodiscard]] SealedMessageId sealed_message_id(BytesView sealed);

/// Who signs a message.
struct MessageSigner {
  std::string aor;
  CertificateRef certificate;
  Secret32 ed25519_private;
};

/// Whose signature a message bears.
struct MessageSender {
  std::string aor;
  Key32 ed25519{};
};

/// What opening asks of the certificates known here.
class MessageSenders {
 public:
  virtual ~MessageSenders() = default;
  [[nodiscard]] virtual std::optional<MessageSender> sender(const CertificateRef& ref) const = 0;
};

inline constexpr std::size_t sealed_message_wraps_max = 16;
inline constexpr std::size_t sealed_message_bytes_max = 65535;
/// With one prekey; each further one costs `sealed_message_wrap_bytes`.
inline constexpr std::size_t sealed_message_overhead_bytes = 4 + 32 + 16 + 64 + aead_tag_bytes;
inline constexpr std::size_t sealed_message_wrap_bytes = 32 + 32 + aead_tag_bytes;

/// Seals `body` once for every prekey, at most `sealed_message_wraps_max`. Nothing if there is no
/// prekey, too many, a low-order point among them, or the whole would be too large.
[[nodiscard]] std::optional<Bytes> seal_message(const MessageSigner& sender,
                                                std::string_view recipient,
                                                std::span<const Key32> prekeys, BytesView body,
                                                ports::Random& random);

/// Whether the hint in the header fits the recipient: one of 65,536 that do not fit does so too.
[[nodiscard]] bool may_be_for(BytesView sealed, std::string_view recipient);

enum class OpenMessageError : std::uint8_t {
  malformed,
  no_key,          ///< none of the prekeys opens it, or it is damaged: this looks alike
  unknown_sender,  ///< the sender's certificate is not known here (yet)
  forged,
};
[[nodiscard]] std::string_view to_string(OpenMessageError error);

struct OpenedMessage {
  std::string sender;  ///< AoR; the signature is right
  Bytes body;
};

/// Tries every one of `prekeys`, all of them the recipient's own, on every wrap.
[[nodiscard]] Result<OpenedMessage, OpenMessageError> open_message(
    BytesView sealed, std::string_view recipient, std::span<const Secret32> prekeys,
    const MessageSenders& senders);

}  // namespace muster::security
