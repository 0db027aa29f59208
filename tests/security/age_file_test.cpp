// SPDX-License-Identifier: Apache-2.0
#include "security/age_file.hpp"

#include <gtest/gtest.h>

#include "security/age_header.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::security {
namespace {

constexpr unsigned quick = 2;  // scrypt work factor of tests

Bytes sealed(BytesView plaintext, std::string_view passphrase = "correct horse") {
  test::SeededTestRandom random{3};
  return *age_seal(passphrase, plaintext, random, quick);
}

class AgeFileSize : public testing::TestWithParam<std::size_t> {};

TEST_P(AgeFileSize, RoundTrips) {
  Bytes plaintext(GetParam());
  test::SeededTestRandom random{4};
  random.fill(plaintext);
  const auto opened = age_open("correct horse", sealed(plaintext));
  ASSERT_TRUE(opened) << opened.error().sentence;
  EXPECT_EQ(*opened, plaintext);
}

INSTANTIATE_TEST_SUITE_P(AroundTheChunk, AgeFileSize,
                         testing::Values(0, 1, 65535, 65536, 65537, 131072, 200000));

TEST(AgeFile, OpensAFileThatTheProgramAgeMade) {  // age 1.1.1, work factor 18
  Bytes file = to_bytes(
      "age-encryption.org/v1\n-> scrypt KgfQsBSl6fZGQz7drT4LlA 18\n"
      "vjw93JhNcrRlluW6KKLO9qhlNYCf5s6CUZSCkoMgSAY\n"
      "--- AikF1Sc5uI/VkoUYcpAAc9+NMZznq+hAgrt2qZss3BI\n");
  append(file, *from_hex("11b41e679b42e702ac4df330caec8e231a6c593399f202ec56323d5d4f98ff25425f4c"
                         "56785f"));
  const auto opened = age_open("correct horse", file);
  ASSERT_TRUE(opened) << opened.error().sentence;
  EXPECT_EQ(as_text(*opened), "muster");
}

TEST(AgeFile, SaysThatThePassphraseIsWrong) {
  const auto opened = age_open("incorrect horse", sealed(as_bytes("secret")));
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().sentence, testing::HasSubstr("passphrase is wrong"));
}

TEST(AgeFile, RefusesEveryOctetThatWasChanged) {
  const Bytes file = sealed(as_bytes("secret"));
  for (std::size_t at = 0; at < file.size(); ++at) {
    Bytes changed = file;
    changed[at] ^= 1;
    // A changed work factor may ask for too much; with the limit it is refused, not tried.
    EXPECT_FALSE(age_open("correct horse", changed, {.work_factor_max = 6})) << "octet " << at;
  }
}

TEST(AgeFile, RefusesEveryTruncationAndAnythingAfterTheEnd) {
  const Bytes file = sealed(as_bytes("secret"));
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(age_open("correct horse", BytesView{file}.first(size))) << size;
  }
  Bytes longer = file;
  longer.push_back(0);
  EXPECT_FALSE(age_open("correct horse", longer));
}

TEST(AgeFile, RefusesAPayloadCutAtAChunk) {
  const Bytes file = sealed(Bytes(65536 + 10, 7));
  EXPECT_FALSE(age_open("correct horse", BytesView{file}.first(file.size() - 10 - 16)));
}

TEST(AgeFile, DoesNotSpendMemoryThatTheLimitForbids) {
  const std::string header =
      "age-encryption.org/v1\n-> scrypt rF0/NwblUHHTpgQgRpe5CQ 23\n"
      "gUjEymFKMVXQEKdMMHL24oYexjE3TIC0O0zGSqJ2aUY\n--- "
      "IVzCWRRcTMHMiLS7ZNjq9DAb3z8rv1fzhK0Ct1ZwFTo\n";
  const auto opened = age_open("password", to_bytes(header + std::string(48, 'x')));
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().sentence, testing::HasSubstr("work factor 23"));
}

TEST(AgeFile, RefusesMoreThanOneRecipient) {
  std::string text{as_text(sealed(as_bytes("secret")))};
  const std::size_t mac = text.find("---");
  const std::size_t stanza = text.find("->");
  text.insert(mac, text.substr(stanza, mac - stanza));
  EXPECT_FALSE(age_open("correct horse", as_bytes(text)));
}

TEST(AgeFile, IsToldFromOtherFilesByItsStart) {
  EXPECT_TRUE(is_age_file(sealed({})));
  EXPECT_FALSE(is_age_file(as_bytes("-----BEGIN CERTIFICATE-----")));
  EXPECT_FALSE(is_age_file({}));
}

TEST(Base64Unpadded, IsCanonical) {
  EXPECT_EQ(base64_unpadded(as_bytes("foob")), "Zm9vYg");
  EXPECT_EQ(from_base64_unpadded("Zm9vYg"), to_bytes("foob"));
  EXPECT_FALSE(from_base64_unpadded("Zm9vYh"));    // trailing bits that are not zero
  EXPECT_FALSE(from_base64_unpadded("Zm9vYg=="));  // padding
  EXPECT_FALSE(from_base64_unpadded("Zm9vY"));
  EXPECT_FALSE(from_base64_unpadded("Zm 9v"));
  EXPECT_EQ(from_base64_unpadded(""), Bytes{});
}

}  // namespace
}  // namespace muster::security
