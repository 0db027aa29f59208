// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/sync_message.hpp"

#include <cassert>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

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
};
constexpr std::uint8_t flag_opening = 0x01;

ByteWriter message(Type type) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(type));
  return out;
}

void write(ByteWriter& out, const Version& version) {
  out.u32(version.epoch).u32(version.sequence);
}

Version read_version(ByteReader& in) {
  const auto epoch = in.u32();
  return {epoch, in.u32()};
}

void write(ByteWriter& out, const std::vector<Item>& items) {
  for (const Item& item : items) {
    out.u64(item.hash);
    write(out, item.version);
    out.u64(item.check);
  }
}

std::vector<Item> read_items(ByteReader& in) {
  std::vector<Item> items;
  while (in.left() > 0) {
    Item item;
    item.hash = in.u64();
    item.version = read_version(in);
    item.check = in.u64();
    if (!in.failed()) items.push_back(item);
  }
  return items;
}

std::optional<Summary> read_summary(ByteReader& in) {
  Summary summary;
  summary.purpose = static_cast<Summary::Purpose>(in.u8());
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

Records read_records(ByteReader& in) {
  Records records;
  while (in.left() > 0) {
    Records::Each each;
    each.age_s = in.u32();
    each.body = in.block16();
    each.signature = in.raw(Record::signature_bytes);
    records.records.push_back(each);
  }
  return records;
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
  out.u8(static_cast<std::uint8_t>(summary.purpose));
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
  for (const auto& each : records.records) {
    out.u32(each.age_s).block16(each.body).raw(each.signature);
  }
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
      read = read_records(in);
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
