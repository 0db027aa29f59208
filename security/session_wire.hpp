// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "security/crypto.hpp"
#include "security/datagram_type.hpp"
#include "security/secret.hpp"

/// The datagrams of a handshake, byte by byte as in docs/protocol/session.md.
namespace muster::security {

/// A handshake datagram whose MAC was right. `noise` is a view into the datagram.
struct HandshakeDatagram {
  DatagramType type;
  std::uint32_t sender;    ///< index the sender wants to be answered under; 0 in a refusal
  std::uint32_t receiver;  ///< index of the handshake that is answered; 0 in first messages
  BytesView noise;
};

/// Puts a MAC under the overlay's discovery key on handshake datagrams, so that strangers get
/// silence and cost no public-key operation.
class HandshakeMac {
 public:
  static constexpr std::size_t overhead_bytes = 1 + 4 + 4 + 16;

  explicit HandshakeMac(const Key32& discovery_key);

  [[nodiscard]] Bytes seal(const HandshakeDatagram& datagram) const;
  /// Nothing if it is too short or the MAC is wrong.
  [[nodiscard]] std::optional<HandshakeDatagram> open(BytesView datagram) const;

 private:
  Secret32 key_;
};

/// Which of a node's handshakes: it only ever grows, for the boot count is persisted.
struct HandshakeNumber {
  std::uint32_t boot = 0;
  std::uint32_t number = 0;
  friend auto operator<=>(const HandshakeNumber&, const HandshakeNumber&) = default;
};

/// Payload of xx_second and xx_third.
struct Introduction {
  HandshakeNumber number;
  BytesView certificate_der;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static std::optional<Introduction> decode(BytesView payload);
};

/// Payload of ik_first.
struct Reference {
  HandshakeNumber number;
  CertificateHash certificate;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static std::optional<Reference> decode(BytesView payload);
};

/// Payload of ik_second.
struct BootNotice {
  std::uint32_t boot = 0;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static std::optional<BootNotice> decode(BytesView payload);
};

}  // namespace muster::security
