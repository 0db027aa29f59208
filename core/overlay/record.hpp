// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "core/base/shared_bytes.hpp"

namespace muster::overlay {

/// What a record says. Kinds unknown to this version are carried if the policy allows them.
enum class Kind : std::uint16_t {
  node = 1,
  sip_binding = 2,
  presence = 3,
  prekey = 4,
  certificate = 5,
  delegation = 6,
  revocation = 7,
  service = 8,
};

/// No wall clock decides which record is newer: the writer counts. A writer takes a new epoch at
/// every start, above all it has seen of itself.
struct Version {
  std::uint32_t epoch = 0;
  std::uint32_t sequence = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};

/// Every record has one writer, so a resource with several writers (the nodes where a user is
/// registered) is a dictionary keyed by node.
struct RecordKey {
  Kind kind{};
  std::string resource;
  NodeId writer;
  friend auto operator<=>(const RecordKey&, const RecordKey&) = default;

  /// For the store: opaque there, read back by `decode`.
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static std::optional<RecordKey> decode(BytesView bytes);
};

enum class RecordError {
  truncated,
  unknown_format,
  unknown_flags,
  bad_resource,
  bad_lifetime,
  value_too_large,
  value_in_deleted,
  trailing_octets,
  bad_signature_size,
};
[[nodiscard]] std::string_view to_string(RecordError error);

/// A signed entry of the directory: the exact octets its writer signed, and what they say. Kept
/// and forwarded octet for octet, never serialised again (docs/protocol/directory.md).
class Record {
 public:
  static constexpr std::uint8_t format = 1;
  static constexpr std::size_t resource_bytes_max = 255;
  static constexpr std::size_t value_bytes_max = 4096;
  static constexpr std::size_t signature_bytes = 64;
  static constexpr std::size_t body_bytes_max =
      4 + NodeId::size + 12 + 1 + resource_bytes_max + 2 + value_bytes_max;

  /// What a writer wants to say. `deleted` has no value.
  struct Content {
    RecordKey key;
    Version version;
    std::chrono::seconds lifetime{};  ///< 1 s to 2^32-1 s, counted by age
    bool deleted = false;
    Bytes value;
  };

  /// The body of `content`; nothing if it breaks a limit.
  [[nodiscard]] static std::optional<Bytes> encode_body(const Content& content);
  /// The octets to sign: a label that no other use of the key has, then the body.
  [[nodiscard]] static Bytes signed_text(BytesView body);
  /// Reads the shape only; whether the signature is right is the policy's to say.
  [[nodiscard]] static Result<Record, RecordError> parse(BytesView body, BytesView signature);

  [[nodiscard]] const RecordKey& key() const { return key_; }
  [[nodiscard]] Version version() const { return version_; }
  [[nodiscard]] std::chrono::seconds lifetime() const { return lifetime_; }
  [[nodiscard]] bool deleted() const { return deleted_; }
  [[nodiscard]] BytesView value() const { return body().subspan(value_offset_); }
  [[nodiscard]] BytesView body() const { return BytesView(octets_).first(body_bytes()); }
  [[nodiscard]] BytesView signature() const { return BytesView(octets_).last(signature_bytes); }
  [[nodiscard]] std::size_t bytes() const { return octets_.size(); }
  /// The same octets, not copied.
  [[nodiscard]] SharedBytes shared_body() const { return octets_.part(0, body_bytes()); }
  [[nodiscard]] SharedBytes shared_signature() const {
    return octets_.part(body_bytes(), signature_bytes);
  }

 private:
  Record() = default;
  [[nodiscard]] std::size_t body_bytes() const { return octets_.size() - signature_bytes; }

  SharedBytes octets_;  ///< the body, then the signature
  RecordKey key_;
  Version version_;
  std::chrono::seconds lifetime_{};
  bool deleted_ = false;
  std::size_t value_offset_ = 0;
};

}  // namespace muster::overlay
