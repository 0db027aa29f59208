// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "security/crypto.hpp"

/// What EndToEnd puts on the wire, octet by octet as in docs/protocol/end-to-end.md.
namespace muster::security {

/// First octets of SHA-256 over the encapsulated key.
using EndToEndContextId = Id<struct EndToEndContextIdTag, 6>;
[[nodiscard]] EndToEndContextId end_to_end_context_id(const Key32& enc);

/// A recipient's key for new contexts, from its signed record.
struct Prekey {
  std::uint32_t id = 0;
  Key32 public_key{};
  friend bool operator==(const Prekey&, const Prekey&) = default;
};

/// Of the key in a node's certificate, which stands in for a prekey where none is known. Prekeys
/// that nodes publish are numbered from 1.
inline constexpr std::uint32_t certificate_prekey_id = 0;

/// The flags in the first octet of either form.
struct EndToEndFlags {
  bool shows_context = false;  ///< the contents begin with the id of a context of the recipient's
  bool control = false;        ///< the rest of the contents is for this layer itself
};

/// What is sealed: `shown` where the flag says so, then the body.
struct EndToEndContents {
  std::optional<EndToEndContextId> shown;
  BytesView body;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static std::optional<EndToEndContents> decode(EndToEndFlags flags,
                                                              BytesView contents);
};

/// The form that makes a context: header, then HPKE ciphertext of sender, signature and contents;
/// of the contents alone where the key in the sender's certificate makes the context (auth mode).
struct FirstForm {
  static constexpr std::size_t header_bytes = 1 + 1 + 2 + 32;
  static constexpr std::size_t proof_bytes = 16 + 64;
  static constexpr std::size_t overhead_bytes = header_bytes + proof_bytes + aead_tag_bytes;
  static constexpr std::size_t brief_overhead_bytes = header_bytes + aead_tag_bytes;

  EndToEndFlags flags;
  std::uint8_t prekey_low = 0;  ///< lowest octet of the prekey's id
  std::uint16_t sequence = 0;
  Key32 enc{};
  bool brief = false;  ///< the sender is the packet's source, and proven by the context

  [[nodiscard]] Bytes encode_header() const;
  [[nodiscard]] static std::optional<FirstForm> decode_header(BytesView sealed);
  /// What the sender signs: nobody can pass it on as said to another, in another context or place.
  [[nodiscard]] static Bytes signed_octets(const NodeId& sender, const NodeId& recipient,
                                           BytesView header, BytesView contents);
};

/// The form once the recipient has shown that it has the context: header, then HPKE ciphertext of
/// the contents.
struct LaterForm {
  static constexpr std::size_t header_bytes = 1 + 6 + 4;
  static constexpr std::size_t overhead_bytes = header_bytes + aead_tag_bytes;

  EndToEndFlags flags;
  EndToEndContextId context;
  std::uint32_t sequence = 0;

  [[nodiscard]] Bytes encode_header() const;
  [[nodiscard]] static std::optional<LaterForm> decode_header(BytesView sealed);
};

enum class EndToEndForm : std::uint8_t { neither, first, later, brief_first };
[[nodiscard]] EndToEndForm end_to_end_form(BytesView sealed);

/// Body of a control message.
struct EndToEndControl {
  enum class Kind : std::uint8_t {
    show_context = 1,  ///< says nothing: `shown` is the message
    cannot_open = 2,   ///< "I have not got the context (any more): make another"
  };
  Kind kind = Kind::show_context;
  EndToEndContextId context;  ///< of cannot_open
  Prekey prekey;              ///< of cannot_open: the sender's present prekey

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static std::optional<EndToEndControl> decode(BytesView body);
};

}  // namespace muster::security
