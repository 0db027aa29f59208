// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/record.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_signing.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;

const Bytes signature(Record::signature_bytes, 7);

Record::Content content() {
  return {{Kind::sip_binding, "alice@drill.example", test::node_id(1)},
          {3, 9},
          1h,
          false,
          to_bytes("value")};
}

RecordError error_of(const Bytes& body) {
  const auto record = Record::parse(body, signature);
  EXPECT_FALSE(record);
  return record ? RecordError{} : record.error();
}

TEST(Record, SaysWhatItsWriterSaid) {
  const auto body = Record::encode_body(content());
  const auto record = Record::parse(*body, signature);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->key(), content().key);
  EXPECT_EQ(record->version(), content().version);
  EXPECT_EQ(record->lifetime(), 1h);
  EXPECT_FALSE(record->deleted());
  EXPECT_EQ(to_bytes(record->value()), to_bytes("value"));
  EXPECT_EQ(to_bytes(record->body()), *body);
}

TEST(Record, StaysWholeWhenMoved) {
  auto record = *Record::parse(*Record::encode_body(content()), signature);
  const Record moved = std::move(record);
  EXPECT_EQ(to_bytes(moved.value()), to_bytes("value"));
}

TEST(Record, IsRefusedAtEveryLengthButItsOwn) {
  const auto body = *Record::encode_body(content());
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_EQ(error_of({body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size)}),
              RecordError::truncated);
  }
  Bytes longer = body;
  longer.push_back(0);
  EXPECT_EQ(error_of(longer), RecordError::trailing_octets);
}

TEST(Record, IsRefusedInAnotherFormatOrWithUnknownFlags) {
  Bytes body = *Record::encode_body(content());
  body[0] = 2;
  EXPECT_EQ(error_of(body), RecordError::unknown_format);
  body[0] = 1;
  body[1] = 2;
  EXPECT_EQ(error_of(body), RecordError::unknown_flags);
  body[1] = 1;
  EXPECT_EQ(error_of(body), RecordError::value_in_deleted);
}

TEST(Record, IsRefusedWithoutALifetime) {
  Bytes body = *Record::encode_body(content());
  std::fill(body.begin() + 28, body.begin() + 32, 0);
  EXPECT_EQ(error_of(body), RecordError::bad_lifetime);
}

TEST(Record, IsRefusedWithAControlCharacterInItsResource) {
  Bytes body = *Record::encode_body(content());
  body[33] = '\n';
  EXPECT_EQ(error_of(body), RecordError::bad_resource);
}

TEST(Record, IsRefusedWithASignatureOfAnotherSize) {
  const auto body = *Record::encode_body(content());
  EXPECT_EQ(Record::parse(body, Bytes(63)).error(), RecordError::bad_signature_size);
}

TEST(Record, TakesTheLargestValueAndNoLarger) {
  auto large = content();
  large.value.assign(Record::value_bytes_max, 1);
  EXPECT_TRUE(Record::parse(*Record::encode_body(large), signature));
  large.value.push_back(1);
  EXPECT_FALSE(Record::encode_body(large));
}

TEST(Record, SignsWithALabelOfItsOwn) {
  const auto body = *Record::encode_body(content());
  const auto text = Record::signed_text(body);
  EXPECT_TRUE(as_text(text).starts_with("muster directory record 1\n"));
  EXPECT_TRUE(as_text(text).ends_with(as_text(body)));
}

TEST(RecordKey, ComesBackFromTheStore) {
  EXPECT_EQ(RecordKey::decode(content().key.encode()), content().key);
  EXPECT_FALSE(RecordKey::decode(Bytes(18)));
  EXPECT_FALSE(RecordKey::decode({}));
}

}  // namespace
}  // namespace muster::overlay
