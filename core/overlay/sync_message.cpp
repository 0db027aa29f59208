// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/sync_message.hpp"

#include <cassert>

namespace muster::overlay {
namespace {

enum class Type : std::uint8_t {
  summary = 1,
  buckets = 2,
  listing = 3,
  offer = 4,
  want = 5,
  records = 6,
  decline = 7,
  sketched = 8,
  differing = 9,
};
constexpr std::uint8_t flag_opening = 0x01;
constexpr std::uint8_t flag_everybodys = 0x80;

ByteWriter message(Type type) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(type));
  return out;
}

std::uint8_t flag_of(Part part) { return part == Part::everybodys ? flag_everybodys : 0; }

Part part_of(std::uint8_t flags) {
  return (flags & flag_everybodys) != 0 ? Part::everybodys : Part::whole;
}

std::optional<Sketched> read_sketched(ByteReader& in) {
  Sketched sketched;
  sketched.part = part_of(in.u8());
  sketched.sketch.salt = in.u32();
  while (in.left() > 0) {
    const auto sum = in.u64();
    sketched.sketch.symbols.push_back({sum, in.u32()});
  }
  if (sketched.sketch.symbols.size() > Sketch::symbols_max) return std::nullopt;
  return sketched;
}

std::optional<Differing> read_differing(ByteReader& in) {
  Differing differing;
  differing.part = part_of(in.u8());
  const std::size_t count = in.u16();
  if (count > Differing::elements_max) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) differing.yours.push_back(in.u64());
  differing.ours = read_items(in);
  if (differing.ours.size() > Differing::items_max) return std::nullopt;
  return differing;
}

std::optional<Summary> read_summary(ByteReader& in) {
  Summary summary;
  const auto octet = in.u8();
  summary.part = part_of(octet);
  summary.purpose = static_cast<Summary::Purpose>(octet & ~flag_everybodys);
  if (summary.purpose > Summary::Purpose::conclude) return std::nullopt;
  summary.digest = in.id<DirectoryDigest>();
  return summary;
}

Buckets read_buckets(ByteReader& in) {
  Buckets buckets;
  for (auto& hash : buckets.hashes) hash = in.u64();
  return buckets;
}

Listing read_listing(ByteReader& in) {
  Listing listing;
  listing.opening = (in.u8() & flag_opening) != 0;
  listing.first = in.u64();
  listing.last = in.u64();
  listing.items = read_items(in);
  return listing;
}

Want read_want(ByteReader& in) {
  Want want;
  while (in.left() > 0) {
    const KeyHash hash = in.u64();
    if (want.hashes.size() < Want::hashes_max) want.hashes.push_back(hash);
  }
  return want;
}

Decline read_decline(ByteReader& in) {
  Decline decline;
  while (in.left() > 0) {
    Decline::Each each;
    each.reason = static_cast<Decline::Reason>(in.u8());
    each.hash = in.u64();
    each.version = read_version(in);
    decline.items.push_back(each);
  }
  return decline;
}

}  // namespace

Bytes encode(const Summary& summary) {
  ByteWriter out = message(Type::summary);
  out.u8(static_cast<std::uint8_t>(static_cast<std::uint8_t>(summary.purpose) |
                                   flag_of(summary.part)));
  out.raw(summary.digest.view());
  return out.take();
}

Bytes encode(const Buckets& buckets) {
  ByteWriter out = message(Type::buckets);
  for (auto hash : buckets.hashes) out.u64(hash);
  return out.take();
}

Bytes encode(const Listing& listing) {
  assert(listing.items.size() <= Listing::items_max);
  ByteWriter out = message(Type::listing);
  out.u8(listing.opening ? flag_opening : 0).u64(listing.first).u64(listing.last);
  write(out, listing.items);
  return out.take();
}

Bytes encode(const Offer& offer) {
  assert(offer.items.size() <= Offer::items_max);
  ByteWriter out = message(Type::offer);
  write(out, offer.items);
  return out.take();
}

Bytes encode(const Want& want) {
  assert(want.hashes.size() <= Want::hashes_max);
  ByteWriter out = message(Type::want);
  for (auto hash : want.hashes) out.u64(hash);
  return out.take();
}

Bytes encode(const Records& records) {
  ByteWriter out = message(Type::records);
  write(out, records.records);
  return out.take();
}

Bytes encode(const Decline& decline) {
  assert(decline.items.size() <= Decline::items_max);
  ByteWriter out = message(Type::decline);
  for (const auto& each : decline.items) {
    out.u8(static_cast<std::uint8_t>(each.reason)).u64(each.hash);
    write(out, each.version);
  }
  return out.take();
}

Bytes encode(const Sketched& sketched) {
  ByteWriter out = message(Type::sketched);
  out.u8(flag_of(sketched.part)).u32(sketched.sketch.salt);
  for (const auto& symbol : sketched.sketch.symbols) out.u64(symbol.sum).u32(symbol.check);
  return out.take();
}

Bytes encode(const Differing& differing) {
  assert(differing.fits());
  ByteWriter out = message(Type::differing);
  out.u8(flag_of(differing.part)).u16(static_cast<std::uint16_t>(differing.yours.size()));
  for (const auto element : differing.yours) out.u64(element);
  write(out, differing.ours);
  return out.take();
}

std::optional<SyncMessage> parse_sync_message(BytesView bytes) {
  if (bytes.size() > sync_message_bytes_max) return std::nullopt;
  ByteReader in(bytes);
  std::optional<SyncMessage> read;
  switch (static_cast<Type>(in.u8())) {
    case Type::summary:
      if (const auto summary = read_summary(in)) read = *summary;
      break;
    case Type::buckets:
      read = read_buckets(in);
      break;
    case Type::listing:
      if (auto listing = read_listing(in); listing.items.size() <= Listing::items_max) {
        read = std::move(listing);
      }
      break;
    case Type::offer:
      if (Offer offer{read_items(in)}; offer.items.size() <= Offer::items_max) {
        read = std::move(offer);
      }
      break;
    case Type::want:
      read = read_want(in);
      break;
    case Type::records:
      read = Records{read_records(in)};
      break;
    case Type::sketched:
      if (auto sketched = read_sketched(in)) read = std::move(*sketched);
      break;
    case Type::differing:
      if (auto differing = read_differing(in)) read = std::move(*differing);
      break;
    case Type::decline:
      if (auto decline = read_decline(in); decline.items.size() <= Decline::items_max) {
        read = std::move(decline);
      }
      break;
  }
  if (!in.finished()) return std::nullopt;
  return read;
}

}  // namespace muster::overlay
