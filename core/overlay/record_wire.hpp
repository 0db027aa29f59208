// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/overlay/record_table.hpp"

/// How records and items stand in messages, those of neighbours and those of distant nodes alike.
namespace muster::overlay {

/// A record on its way, with the age that travels beside it unsigned.
struct RecordInMessage {
  std::uint32_t age_s = 0;
  BytesView body;  ///< a view into the message, as is the next
  BytesView signature;
};

/// Octets of a record in a message beside body and signature.
inline constexpr std::size_t record_in_message_overhead = 4 + 2;

inline void write(ByteWriter& out, const Version& version) {
  out.u32(version.epoch).u32(version.sequence);
}

inline Version read_version(ByteReader& in) {
  const auto epoch = in.u32();
  return {epoch, in.u32()};
}

inline void write(ByteWriter& out, const std::vector<Item>& items) {
  for (const Item& item : items) {
    out.u64(item.hash);
    write(out, item.version);
    out.u64(item.check);
  }
}

/// All that is left of the message.
inline std::vector<Item> read_items(ByteReader& in) {
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

inline void write(ByteWriter& out, const std::vector<RecordInMessage>& records) {
  for (const auto& each : records) out.u32(each.age_s).block16(each.body).raw(each.signature);
}

/// All that is left of the message.
inline std::vector<RecordInMessage> read_records(ByteReader& in) {
  std::vector<RecordInMessage> records;
  while (in.left() > 0) {
    RecordInMessage each;
    each.age_s = in.u32();
    each.body = in.block16();
    each.signature = in.raw(Record::signature_bytes);
    if (!in.failed()) records.push_back(each);
  }
  return records;
}

/// As it is told at this time; views into `entry`. The age is rounded up, so that a record handed
/// round in haste does not stay young for ever.
inline RecordInMessage in_message(TimePoint now, const Entry& entry) {
  const auto age =
      std::max(std::chrono::ceil<std::chrono::seconds>(now - entry.born), std::chrono::seconds{0});
  return {static_cast<std::uint32_t>(age.count()), entry.record.body(), entry.record.signature()};
}

/// Certificates before delegations before all else: signatures and rights hang on them.
inline bool judged_before(Kind a, Kind b) {
  const auto rank = [](Kind kind) {
    return kind == Kind::certificate ? 0 : kind == Kind::delegation ? 1 : 2;
  };
  return rank(a) < rank(b);
}

}  // namespace muster::overlay
