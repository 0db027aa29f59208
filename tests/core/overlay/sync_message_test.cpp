// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/sync_message.hpp"

#include <gtest/gtest.h>

#include "core/base/seeded_random.hpp"

namespace muster::overlay {
namespace {

template <typename Message>
Message again(const Message& message) {
  const Bytes bytes = encode(message);
  EXPECT_LE(bytes.size(), sync_message_bytes_max);
  const auto read = parse_sync_message(bytes);
  EXPECT_TRUE(read && std::holds_alternative<Message>(*read));
  return read && std::holds_alternative<Message>(*read) ? std::get<Message>(*read) : Message{};
}

TEST(SyncMessage, KeepsASummary) {
  Summary summary{Summary::Purpose::ask, {}};
  summary.digest.octets.fill(5);
  const auto read = again(summary);
  EXPECT_EQ(read.purpose, Summary::Purpose::ask);
  EXPECT_EQ(read.digest, summary.digest);
  EXPECT_EQ(encode(summary).size(), 18U);
}

TEST(SyncMessage, KeepsBuckets) {
  Buckets buckets;
  for (std::size_t i = 0; i < buckets.hashes.size(); ++i) buckets.hashes[i] = i << 40 | i;
  EXPECT_EQ(again(buckets).hashes, buckets.hashes);
}

TEST(SyncMessage, KeepsTheLongestListing) {
  Listing listing{true, 5, ~KeyHash{0}, {}};
  for (std::size_t i = 0; i < Listing::items_max; ++i) listing.items.push_back({i, {1, 2}, ~i});
  const auto read = again(listing);
  EXPECT_TRUE(read.opening);
  EXPECT_EQ(read.first, 5U);
  EXPECT_EQ(read.last, ~KeyHash{0});
  EXPECT_EQ(read.items, listing.items);
  EXPECT_EQ(again(Offer{listing.items}).items, listing.items);
}

TEST(SyncMessage, KeepsWants) {
  const Want want{{1, 2, ~KeyHash{0}}};
  EXPECT_EQ(again(want).hashes, want.hashes);
}

TEST(SyncMessage, ReadsNoMoreWantsThanAreAnswered) {
  Want want;
  for (std::size_t i = 0; i < Want::hashes_max; ++i) want.hashes.push_back(i);
  Bytes longer = encode(want);
  longer.resize(longer.size() + 5 * sizeof(KeyHash));
  const auto read = parse_sync_message(longer);
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<Want>(*read).hashes, want.hashes);
}

TEST(SyncMessage, RefusesMoreItemsThanAListMayHave) {
  Offer offer;
  for (std::size_t i = 0; i < Offer::items_max; ++i) offer.items.push_back({i, {1, 2}, ~i});
  Bytes bytes = encode(offer);
  EXPECT_TRUE(parse_sync_message(bytes));
  bytes.resize(bytes.size() + 24);
  EXPECT_FALSE(parse_sync_message(bytes));
}

TEST(SyncMessage, KeepsTheLargestRecord) {
  const Bytes body(Record::body_bytes_max, 3);
  const Bytes signature(Record::signature_bytes, 4);
  const Bytes bytes = encode(Records{{{77, body, signature}}});
  EXPECT_LE(bytes.size(), sync_message_bytes_max);
  const auto read = std::get<Records>(*parse_sync_message(bytes));
  ASSERT_EQ(read.records.size(), 1U);
  EXPECT_EQ(read.records[0].age_s, 77U);
  EXPECT_EQ(to_bytes(read.records[0].body), body);
  EXPECT_EQ(to_bytes(read.records[0].signature), signature);
}

TEST(SyncMessage, KeepsDeclines) {
  Decline decline;
  decline.items.push_back({Decline::Reason::expired, 9, {3, 4}});
  decline.items.push_back({Decline::Reason::not_held, 10, {}});
  const auto read = again(decline);
  ASSERT_EQ(read.items.size(), 2U);
  EXPECT_EQ(read.items[0].reason, Decline::Reason::expired);
  EXPECT_EQ(read.items[0].version, (Version{3, 4}));
  EXPECT_EQ(read.items[1].hash, 10U);
}

TEST(SyncMessage, RefusesWhatIsCutOffUnknownOrTooLong) {
  const Bytes bytes = encode(Listing{false, 1, 2, {{1, {1, 1}, 1}}});
  for (std::size_t size : {0U, 1U, 17U, 30U}) {
    EXPECT_FALSE(parse_sync_message(BytesView(bytes).first(size))) << size;
  }
  EXPECT_FALSE(parse_sync_message(Bytes{0}));
  EXPECT_FALSE(parse_sync_message(Bytes{99}));
  Bytes purpose = encode(Summary{});
  purpose[1] = 3;
  EXPECT_FALSE(parse_sync_message(purpose));
  Bytes wants(sync_message_bytes_max + 1, 0);
  wants[0] = 5;
  EXPECT_FALSE(parse_sync_message(wants));
}

TEST(SyncMessage, ReadsOnlyWhatIsThereOfArbitraryOctets) {
  SeededRandom random(3);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes(random.below(200));
    for (auto& octet : bytes) octet = static_cast<std::uint8_t>(random.next());
    if (!bytes.empty()) bytes[0] %= 9;
    const auto read = parse_sync_message(bytes);
    if (!read) continue;
    if (const auto* records = std::get_if<Records>(&*read)) {
      std::size_t sum = 0;
      for (const auto& each : records->records) sum += each.body.size() + each.signature.size();
      EXPECT_LE(sum, bytes.size());
    }
  }
}

}  // namespace
}  // namespace muster::overlay
