// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/overlay/contact.hpp"
#include "core/overlay/place.hpp"
#include "core/overlay/record_wire.hpp"

/// What nodes anywhere say to each other about records that lie at some of them only
/// (docs/protocol/placement.md). Each question is asked again until it is answered, so neither
/// needs a transport that repeats.
namespace muster::overlay {

inline constexpr std::size_t place_message_bytes_max = 8192;

/// Which question, and which asking of it: makes every round trip measurable.
struct Ask {
  std::uint32_t question = 0;
  std::uint8_t attempt = 0;
  friend bool operator==(const Ask&, const Ask&) = default;
};

/// A set of kinds 0 to 15.
class KindSet {
 public:
  KindSet() = default;
  KindSet(std::initializer_list<Kind> kinds) {
    for (const Kind kind : kinds) bits_ |= bit(kind);
  }
  static KindSet of_bits(std::uint16_t bits) {
    KindSet set;
    set.bits_ = bits;
    return set;
  }
  void add(Kind kind) { bits_ |= bit(kind); }
  [[nodiscard]] bool has(Kind kind) const { return (bits_ & bit(kind)) != 0; }
  [[nodiscard]] std::uint16_t bits() const { return bits_; }
  friend bool operator==(const KindSet&, const KindSet&) = default;

 private:
  static std::uint16_t bit(Kind kind) {
    const auto number = static_cast<unsigned>(kind);
    return number < 16 ? static_cast<std::uint16_t>(1U << number) : std::uint16_t{0};
  }
  std::uint16_t bits_ = 0;
};

/// "What do you hold of this name?"
struct Fetch {
  static constexpr std::size_t name_bytes_max = 255;
  Ask ask;
  KindSet kinds;
  std::string_view name;  ///< a view into the message
};

/// All that the node holds of it; deleted records too, for they are news.
struct Found {
  Ask ask;
  bool holder = false;  ///< it takes itself for one of the nodes where the name is placed
  std::vector<RecordInMessage> records;
};

/// "Hold these."
struct Store {
  Ask ask;
  std::vector<RecordInMessage> records;
};

/// "Do you hold these?"
struct Proposal {
  static constexpr std::size_t items_max = 40;
  Ask ask;
  std::vector<Item> items;
};

/// Of what a Store or a Proposal named, one octet each, in its order.
struct Verdicts {
  enum class Each : std::uint8_t {
    held = 1,     ///< this version or a newer one
    wanted = 2,   ///< proposed, and not held
    refused = 3,  ///< not to be stored here, or not now
  };
  Ask ask;
  std::vector<Each> verdicts;
};

/// "Who is closest to that place, and what do you hold that is placed there?"
struct Seek {
  static constexpr std::size_t contacts_max = 16;
  Ask ask;
  KindSet kinds;            ///< none: no records are wanted
  std::uint8_t wanted = 0;  ///< contacts; none and no records: only whether somebody is there
  Place place;
};

/// To a Seek.
struct Sought {
  Ask ask;
  bool holder = false;  ///< as in Found
  /// The records are of before the last start, and nobody has confirmed them since.
  bool hints = false;
  std::vector<Contact> contacts;  ///< closest first; their links are not told
  std::vector<RecordInMessage> records;
};

using PlaceMessage = std::variant<Fetch, Found, Store, Proposal, Verdicts, Seek, Sought>;

[[nodiscard]] Bytes encode(const Fetch& message);
[[nodiscard]] Bytes encode(const Found& message);
[[nodiscard]] Bytes encode(const Store& message);
[[nodiscard]] Bytes encode(const Proposal& message);
[[nodiscard]] Bytes encode(const Verdicts& message);
[[nodiscard]] Bytes encode(const Seek& message);
[[nodiscard]] Bytes encode(const Sought& message);

/// Nothing if it is not a whole message. Views in it are into `bytes`.
[[nodiscard]] std::optional<PlaceMessage> parse_place_message(BytesView bytes);

/// Makes an encoded question another asking of the same.
void set_attempt(Bytes& question, std::uint8_t attempt);

/// Adds that the sender places what is said of users, and does not replicate it to everybody.
void set_sender_places(Bytes& message);
[[nodiscard]] bool sender_places(BytesView message);

/// Whether it answers a question, by its first octet.
[[nodiscard]] bool is_answer(BytesView message);

/// Whether it is a Fetch or its answer, by its first octet.
[[nodiscard]] bool is_look_up(BytesView message);

}  // namespace muster::overlay
