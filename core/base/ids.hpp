// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"

namespace muster {

/// A fixed-size identifier; `Tag` keeps different kinds from being mixed up.
template <typename Tag, std::size_t N>
struct Id {
  static constexpr std::size_t size = N;
  std::array<std::uint8_t, N> octets{};

  [[nodiscard]] BytesView view() const { return octets; }
  [[nodiscard]] std::string hex() const { return to_hex(octets); }
  friend bool operator==(const Id&, const Id&) = default;
  friend std::strong_ordering operator<=>(const Id& a, const Id& b) {
    // The first octets nearly always decide; inline they cost far less than a call of memcmp.
    if constexpr (N >= sizeof(std::uint64_t)) {
      const std::uint64_t first = a.first_octets();
      const std::uint64_t second = b.first_octets();
      if (first != second) return first <=> second;
    }
    return a.octets <=> b.octets;
  }

  /// Nothing unless `bytes` is exactly N octets long.
  [[nodiscard]] static std::optional<Id> from(BytesView bytes) {
    if (bytes.size() != N) return std::nullopt;
    Id id;
    std::copy(bytes.begin(), bytes.end(), id.octets.begin());
    return id;
  }
  [[nodiscard]] static std::optional<Id> from_hex(std::string_view text) {
    const auto bytes = muster::from_hex(text);
    return bytes ? from(*bytes) : std::nullopt;
  }

 private:
  /// As a number in network byte order.
  [[nodiscard]] std::uint64_t first_octets() const {
    std::uint64_t value = 0;
    std::memcpy(&value, octets.data(), sizeof value);
    return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
  }
};

/// First 16 octets of SHA-256 over the SubjectPublicKeyInfo of the node's Ed25519 key.
using NodeId = Id<struct NodeIdTag, 16>;
/// SHA-256 of a DER certificate.
using CertificateHash = Id<struct CertificateHashTag, 32>;

/// One way of reaching radio neighbours, numbered by the node in the order of its configuration.
struct LinkId {
  std::uint16_t number = 0;
  friend auto operator<=>(const LinkId&, const LinkId&) = default;
};

}  // namespace muster

template <typename Tag, std::size_t N>
struct std::hash<muster::Id<Tag, N>> {
  std::size_t operator()(const muster::Id<Tag, N>& id) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, id.octets.data(), std::min(sizeof value, N));
    return value;
  }
};
