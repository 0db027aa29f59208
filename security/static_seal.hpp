// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "core/base/boot_window.hpp"
#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "security/ccm8.hpp"
#include "security/end_to_end.hpp"
#include "security/secret.hpp"

namespace muster::security {

/// Seals what one node says to another where every octet is said several times: under a key that
/// both have from the keys of their certificates (X25519 between the static keys of both and
/// HKDF-SHA256: COSE's ECDH-SS, RFC 9053, 6.3.1; NIST SP 800-56A's C(0e, 2s)), one for each
/// direction, with the packet's own number as nonce. 8 octets, and nothing to be agreed on before.
///
/// It proves sender and recipient to each other and to nobody else. There is no forward secrecy:
/// who steals a node's key can read what was said to it and by it, and make up what others say to
/// it. Layout in docs/protocol/channel.md.
class StaticSeal {
 public:
  static constexpr std::size_t overhead_bytes = ccm8_tag_bytes;
  struct Limits {
    std::size_t peers_max = 4096;  ///< 100 octets each
  };
  struct Counters {
    std::uint64_t sealed = 0;
    std::uint64_t opened = 0;
    std::uint64_t unknown = 0;  ///< no certificate of that node
    std::uint64_t repeated = 0;
    std::uint64_t forged = 0;
  };

  /// `peers` outlives this.
  StaticSeal(const NodeId& self, const Key32& x25519_private, const PeerKeys& peers)
      : StaticSeal(self, x25519_private, peers, Limits{}) {}
  StaticSeal(const NodeId& self, const Key32& x25519_private, const PeerKeys& peers, Limits limits)
      : self_(self), private_(x25519_private), peers_(peers), limits_(limits) {}

  /// `number` must never be used twice, towards anybody. Nothing if the node's key is not known.
  [[nodiscard]] std::optional<Bytes> seal(const NodeId& to, const BootNumber& number,
                                          BytesView plaintext);
  /// Each number of a sender once.
  [[nodiscard]] std::optional<Bytes> open(const NodeId& from, const BootNumber& number,
                                          BytesView sealed);
  /// The whole number that the sender means by these parts.
  [[nodiscard]] BootNumber whole(const NodeId& from, std::uint8_t boot, std::uint16_t number) const;
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Peer {
    Key32 certified{};  ///< the key in the certificate that the others follow from
    Key16 sending{};
    Key16 receiving{};
    BootWindow window;
  };
  [[nodiscard]] Peer* peer(const NodeId& node);

  NodeId self_;
  Secret32 private_;
  const PeerKeys& peers_;
  Limits limits_;
  std::map<NodeId, Peer> known_;
  Counters counters_;
};

}  // namespace muster::security
