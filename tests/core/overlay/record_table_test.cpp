// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/record_table.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_signing.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;

Record record(const std::string& resource, Version version, const std::string& value = "v") {
  const auto body = Record::encode_body(
      {{Kind::node, resource, test::node_id(1)}, version, 1h, false, to_bytes(value)});
  return *Record::parse(*body, Bytes(Record::signature_bytes, 0));
}

TEST(RecordTable, HasTheSameDigestInWhateverOrderRecordsCame) {
  test::FakeDigest digest;
  RecordTable a(digest);
  RecordTable b(digest);
  for (int i = 0; i < 200; ++i) {
    a.hold(record("r" + std::to_string(i), {1, 1}), {}, false);
    b.hold(record("r" + std::to_string(199 - i), {1, 1}), {}, false);
  }
  EXPECT_EQ(a.digest(), b.digest());
  EXPECT_EQ(a.bucket_hashes(), b.bucket_hashes());
}

TEST(RecordTable, HasAnotherDigestForAnotherVersionOrContent) {
  test::FakeDigest digest;
  RecordTable table(digest);
  const auto empty = table.digest();
  table.hold(record("r", {1, 1}), {}, false);
  const auto first = table.digest();
  EXPECT_NE(first, empty);
  table.hold(record("r", {1, 2}), {}, false);
  const auto second = table.digest();
  EXPECT_NE(second, first);
  table.hold(record("r", {1, 2}, "other"), {}, false);
  EXPECT_NE(table.digest(), second);
  table.hold(record("r", {1, 1}), {}, false);
  EXPECT_EQ(table.digest(), first);
}

TEST(RecordTable, ChangesOnlyTheBucketOfAChangedRecord) {
  test::FakeDigest digest;
  RecordTable table(digest);
  for (int i = 0; i < 200; ++i) table.hold(record("r" + std::to_string(i), {1, 1}), {}, false);
  const auto before = table.bucket_hashes();
  const auto& changed = table.hold(record("r7", {1, 2}), {}, false);
  const auto after = table.bucket_hashes();
  for (std::size_t i = 0; i < RecordTable::buckets; ++i) {
    EXPECT_EQ(before[i] != after[i], i == changed.item.hash >> (64 - RecordTable::bucket_bits));
  }
}

TEST(RecordTable, ARecordThatIsGivenAPlaceIsEverybodysNoMore) {
  test::FakeDigest digest;
  RecordTable table(digest);
  table.hold(record("r", {1, 1}), {}, false);
  const auto everybodys = table.digest(Part::everybodys);
  const auto whole = table.digest();
  const auto& moved = table.hold(record("s", {1, 1}), {}, false).record.key();
  const auto both = table.digest(Part::everybodys);
  const auto place = place_of(digest, "s");
  table.place(moved, place);
  EXPECT_EQ(table.digest(Part::everybodys), everybodys);
  EXPECT_NE(table.digest(), whole);
  ASSERT_EQ(table.find_place(place).size(), 1U);
  EXPECT_EQ(table.size(Part::everybodys), 1U);
  table.place(moved, std::nullopt);
  EXPECT_EQ(table.digest(Part::everybodys), both);
  EXPECT_TRUE(table.find_place(place).empty());
}

TEST(RecordTable, ListsEveryRecordOfARangeOnce) {
  test::FakeDigest digest;
  RecordTable table(digest);
  for (int i = 0; i < 100; ++i) table.hold(record("r" + std::to_string(i), {1, 1}), {}, false);
  const KeyHash middle = KeyHash{1} << 63;
  EXPECT_EQ(table.items(0, middle - 1).size() + table.items(middle, ~KeyHash{0}).size(), 100U);
  const auto all = table.items(0, ~KeyHash{0});
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
}

TEST(RecordTable, RemembersTheVersionOfARetiredRecordUntilItIsHeldAgain) {
  test::FakeDigest digest;
  RecordTable table(digest);
  const auto empty = table.digest();
  const auto key = record("r", {1, 1}).key();
  table.hold(record("r", {4, 2}), {}, false);
  EXPECT_FALSE(table.floor(key));
  table.retire(key);
  EXPECT_EQ(table.floor(key), (Version{4, 2}));
  EXPECT_EQ(table.floor(table.hash(key)), (Version{4, 2}));
  EXPECT_EQ(table.digest(), empty);
  EXPECT_EQ(table.bytes(), 0U);
  table.hold(record("r", {4, 3}), {}, false);
  EXPECT_FALSE(table.floor(key));
}

TEST(RecordTable, ForgetsFloorsAboveTheirNumber) {
  test::FakeDigest digest;
  RecordTable table(digest);
  for (int i = 0; i < 10; ++i) table.set_floor(record("r" + std::to_string(i), {}).key(), {1, 1});
  int forgotten = 0;
  while (table.forget_floor_above(4)) ++forgotten;
  EXPECT_EQ(forgotten, 6);
  EXPECT_EQ(table.floors(), 4U);
}

TEST(RecordTable, GrowsOlderButNeverYounger) {
  test::FakeDigest digest;
  RecordTable table(digest);
  const TimePoint now = TimePoint{} + 10h;
  const auto key = table.hold(record("r", {1, 1}), now, false).record.key();
  table.grow_older(key, now - 5min);
  EXPECT_EQ(table.find(key)->born, now - 5min);
  table.grow_older(key, now);
  EXPECT_EQ(table.find(key)->born, now - 5min);
}

TEST(RecordTable, CountsOctetsAndWriters) {
  test::FakeDigest digest;
  RecordTable table(digest);
  table.hold(record("a", {1, 1}), {}, false);
  const auto one = table.bytes();
  table.hold(record("b", {1, 1}), {}, false);
  table.hold(record("b", {1, 2}), {}, false);
  EXPECT_EQ(table.bytes(), 2 * one);
  EXPECT_EQ(table.written_by(test::node_id(1)), 2U);
  EXPECT_EQ(table.written_by(test::node_id(2)), 0U);
}

}  // namespace
}  // namespace muster::overlay
