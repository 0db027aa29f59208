// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include "core/base/link_address.hpp"
#include "core/base/time.hpp"

namespace muster::security {

/// So many per second, and a burst of as many. Nothing is saved up for longer than a second.
class RateCredit {
 public:
  /// At least 1 per second.
  explicit RateCredit(unsigned per_second);
  /// False if they came too fast.
  bool take(TimePoint now);
  /// As good as new.
  [[nodiscard]] bool full(TimePoint now) const;

 private:
  std::uint64_t cost_;
  std::uint64_t credit_;  ///< in nanoseconds
  TimePoint credited_{};
};

/// Decides which first messages of handshakes are worth a key agreement. Few are answered as they
/// come; when more come, only those that prove by a cookie that they receive at their address, and
/// of these a bounded number per address and in total. So a flood from invented addresses costs a
/// few hashes each and keeps nobody else out.
class HandshakeGate {
 public:
  struct Limits {
    unsigned without_cookie_per_second_max = 25;  ///< more than these are load
    unsigned with_cookie_per_second_max = 50;     ///< each costs four DH
    unsigned per_address_per_second_max = 5;      ///< with a cookie
    unsigned cookies_per_second_max = 2000;       ///< each costs three hashes and a sealing
    std::size_t addresses_max = 256;              ///< some 100 octets each
  };
  enum class Verdict : std::uint8_t { answer, ask_for_cookie, silence };

  explicit HandshakeGate(Limits limits);

  [[nodiscard]] Verdict judge(TimePoint now, const LinkPath& from, bool cookie_proven);

 private:
  [[nodiscard]] bool take_of_address(TimePoint now, const LinkPath& from);

  Limits limits_;
  RateCredit without_cookie_;
  RateCredit with_cookie_;
  RateCredit cookies_;
  std::map<LinkPath, RateCredit> addresses_;
};

}  // namespace muster::security
