// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/link_address.hpp"
#include "core/base/time.hpp"
#include "core/ports/random.hpp"
#include "security/crypto.hpp"
#include "security/secret.hpp"

/// Proof that whoever begins a handshake receives at the address it sends from: WireGuard's cookie
/// (Donenfeld 2017, section 5.4.7), asked for only under load. Bytes in docs/protocol/session.md.
namespace muster::security {

using Cookie = std::array<std::uint8_t, 16>;
using HandshakeTag = std::array<std::uint8_t, 16>;  ///< the MAC that ends a handshake datagram

/// The last 16 octets; the datagram is at least so long.
[[nodiscard]] HandshakeTag handshake_tag(BytesView datagram);

/// Seals cookies to the datagram they answer. One key per datagram answered, made from its MAC, so
/// that only who has seen the datagram can answer it, and a random nonce is safe.
class CookieSeal {
 public:
  static constexpr std::size_t reply_bytes = 1 + 4 + 12 + 16 + aead_tag_bytes;

  explicit CookieSeal(const Key32& discovery_key);

  [[nodiscard]] Bytes seal(std::uint32_t receiver, const HandshakeTag& answered,
                           const Cookie& cookie, ports::Random& random) const;
  /// Nothing unless it was sealed in answer to the datagram with that MAC.
  [[nodiscard]] std::optional<Cookie> open(BytesView reply, const HandshakeTag& answered) const;
  /// The index in front of a cookie reply; nothing if the length is wrong.
  [[nodiscard]] static std::optional<std::uint32_t> receiver(BytesView reply);

 private:
  Secret32 key_;
};

/// A handshake datagram inside the proof that its sender holds a cookie.
struct CookiedDatagram {
  static constexpr std::size_t overhead_bytes = 1 + 16;

  HandshakeTag proof{};
  BytesView datagram;

  [[nodiscard]] static Bytes encode(const Cookie& cookie, BytesView datagram);
  /// Nothing if it is too short to hold a datagram.
  [[nodiscard]] static std::optional<CookiedDatagram> decode(BytesView whole);
  [[nodiscard]] bool proves(const Cookie& cookie) const;
};

/// Makes the cookie of an address anew whenever it is asked, so that nothing is kept for those who
/// ask. The secret behind it is replaced as time goes by.
class CookieMaker {
 public:
  /// An older secret is accepted for as long again, so a cookie is good for 2 to 4 minutes.
  static constexpr Duration secret_life = std::chrono::minutes{2};

  explicit CookieMaker(ports::Random& random) : random_(random) {}

  [[nodiscard]] Cookie make(TimePoint now, const LinkPath& path);
  [[nodiscard]] bool proven(TimePoint now, const LinkPath& path, const CookiedDatagram& datagram);

 private:
  void renew(TimePoint now);
  static Cookie bake(const Secret32& secret, const LinkPath& path);

  ports::Random& random_;
  std::optional<Secret32> current_;
  std::optional<Secret32> former_;
  TimePoint made_{};
};

/// The cookies others gave us, by address.
class CookieJar {
 public:
  /// No longer than the one who gave it is sure to accept it.
  static constexpr Duration cookie_life = CookieMaker::secret_life;
  static constexpr std::size_t cookies_max = 64;  ///< about 100 octets each; the oldest goes

  /// False if it is the one held already.
  bool put(TimePoint now, const LinkPath& path, const Cookie& cookie);
  [[nodiscard]] std::optional<Cookie> find(TimePoint now, const LinkPath& path) const;

 private:
  struct Held {
    Cookie cookie;
    TimePoint since;
  };
  std::map<LinkPath, Held> held_;
};

}  // namespace muster::security
