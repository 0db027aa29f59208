// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/ports/random.hpp"
#include "security/crypto.hpp"
#include "security/datagram_type.hpp"
#include "security/secret.hpp"

namespace muster::security {

/// What is sealed under the overlay discovery key; each use has a key of its own.
enum class SealUse : std::uint8_t { beacon, direct };

/// Seals beacons with the overlay discovery key, so that strangers see noise and learn neither who
/// is there nor how many.
///
/// It proves membership of the overlay only, not identity, and an old beacon can be sent again by
/// anybody: a beacon is a hint where a session may be tried. Layout in docs/protocol/session.md.
/// What nodes without a session ask each other is sealed in the same way (docs/protocol/direct.md).
class BeaconSealer {
 public:
  static constexpr std::size_t overhead_bytes = 1 + 16 + 8 + aead_tag_bytes;

  struct Limits {
    std::size_t plaintext_bytes_max = 1024;
    std::size_t cached_keys_max = 256;  ///< one per boot of a neighbour heard, 48 octets each
  };
  struct Counters {
    std::uint64_t opened = 0;
    std::uint64_t malformed = 0;
    std::uint64_t forged = 0;  ///< of another overlay, or damaged
  };

  /// Takes 16 random octets once, as the salt of this boot.
  BeaconSealer(const Key32& discovery_key, ports::Random& random)
      : BeaconSealer(discovery_key, random, Limits{}) {}
  BeaconSealer(const Key32& discovery_key, ports::Random& random, Limits limits,
               SealUse use = SealUse::beacon);

  /// `plaintext` at most `plaintext_bytes_max` octets (asserted); the datagram is
  /// `overhead_bytes` longer.
  [[nodiscard]] Bytes seal(BytesView plaintext);
  /// Whether this is one of our own, come back: it has the salt of this boot.
  [[nodiscard]] bool sealed_here(BytesView datagram) const;
  /// Nothing unless somebody with the discovery key sealed it.
  [[nodiscard]] std::optional<Bytes> open(BytesView datagram);
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  using Salt = std::array<std::uint8_t, 16>;
  struct SenderKey {
    Salt salt;
    Secret32 key;
  };

  [[nodiscard]] Secret32 derive(const Salt& salt) const;
  [[nodiscard]] const SenderKey* cached(const Salt& salt) const;
  void remember(const SenderKey& sender);

  Limits limits_;
  SealUse use_;
  std::uint8_t type_;
  Secret32 discovery_key_;
  SenderKey own_;
  std::uint64_t next_counter_ = 0;
  std::deque<SenderKey> heard_;
  Counters counters_;
};

}  // namespace muster::security
