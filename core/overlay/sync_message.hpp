// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/overlay/record_table.hpp"
#include "core/overlay/record_wire.hpp"
#include "core/overlay/sketch.hpp"

/// What neighbours say to each other about their directories (docs/protocol/directory.md).
namespace muster::overlay {

inline constexpr std::size_t sync_message_bytes_max = 8192;

/// "This is all I hold."
struct Summary {
  enum class Purpose : std::uint8_t {
    tell = 0,
    ask = 1,       ///< answer with yours even if it is the same
    conclude = 2,  ///< ends an exchange: if they still differ, leave it to the next round
  };
  Purpose purpose = Purpose::tell;
  DirectoryDigest digest;
  Part part = Part::whole;  ///< of its directory the sender compares; the digest may be over less
};

/// "This is what I hold, bucket by bucket": the answer to a Summary that differs.
struct Buckets {
  RecordTable::BucketHashes hashes{};
};

/// "This is all that I hold, summed up": the answer to a Summary that differs, while it helps.
struct Sketched {
  Part part = Part::whole;
  Sketch sketch;
};

/// "By this we differ": the answer to a Sketched.
struct Differing {
  static constexpr std::size_t items_max = 300;
  static constexpr std::size_t elements_max = Sketch::symbols_max;
  Part part = Part::whole;
  std::vector<Element> yours;  ///< which are not here
  std::vector<Item> ours;      ///< which are not there

  [[nodiscard]] bool fits() const {
    return yours.size() <= elements_max && ours.size() <= items_max &&
           4 + yours.size() * sizeof(Element) + ours.size() * Item::wire_bytes <=
               sync_message_bytes_max;
  }
};

/// "Between these two key hashes I hold exactly these": whoever hears it answers with what is
/// newer here and asks for what is newer there.
struct Listing {
  static constexpr std::size_t items_max = 300;
  bool opening = false;  ///< stands in for Buckets, where there is little to list
  KeyHash first = 0;
  KeyHash last = 0;
  std::vector<Item> items;
};

/// "These, among others, are here to be asked for."
struct Offer {
  static constexpr std::size_t items_max = 300;
  std::vector<Item> items;
};

/// "Send me these."
struct Want {
  static constexpr std::size_t hashes_max = 32;
  std::vector<KeyHash> hashes;
};

/// Whole records, each with its age.
struct Records {
  /// Octets of a message of one record beside the record itself.
  static constexpr std::size_t overhead_bytes = 1 + record_in_message_overhead;
  std::vector<RecordInMessage> records;  ///< views into the message
};

/// "I do not take this": it has expired here, or may not be stored, or is not held any more.
struct Decline {
  enum class Reason : std::uint8_t { expired = 1, refused = 2, not_held = 3 };
  struct Each {
    Reason reason{};
    KeyHash hash = 0;
    Version version;
  };
  static constexpr std::size_t items_max = 300;
  std::vector<Each> items;
};

using SyncMessage =
    std::variant<Summary, Buckets, Listing, Offer, Want, Records, Decline, Sketched, Differing>;

[[nodiscard]] Bytes encode(const Summary& message);
[[nodiscard]] Bytes encode(const Buckets& message);
[[nodiscard]] Bytes encode(const Listing& message);
[[nodiscard]] Bytes encode(const Offer& message);
[[nodiscard]] Bytes encode(const Want& message);
[[nodiscard]] Bytes encode(const Records& message);
[[nodiscard]] Bytes encode(const Decline& message);
[[nodiscard]] Bytes encode(const Sketched& message);
[[nodiscard]] Bytes encode(const Differing& message);

/// Nothing if it is not a whole message. Records in it are views into `bytes`.
[[nodiscard]] std::optional<SyncMessage> parse_sync_message(BytesView bytes);

}  // namespace muster::overlay
