// SPDX-License-Identifier: Apache-2.0
#include "security/age_file.hpp"
#include "security/age_header.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::fuzz {
namespace {

// As little work for scrypt as the format allows.
constexpr security::AgeLimits limits{.work_factor_max = 1};

}  // namespace

/// A file is opened or refused with a sentence; what this node seals it opens again.
void run(BytesView input) {
  (void)security::is_age_file(input);
  if (const auto read = security::read_age_header(input, limits.header_bytes_max)) {
    MUST(read->size <= input.size());
    MUST(security::age_header_text(read->header) == read->authenticated);
  }
  if (const auto octets = security::from_base64_unpadded(as_text(input))) {
    MUST(security::base64_unpadded(*octets) == as_text(input));
  }
  const auto opened = security::age_open("secret", input, limits);
  if (!opened) MUST(!opened.error().sentence.empty());

  test::SeededTestRandom random(1);
  const auto sealed = security::age_seal("secret", input, random, 1);
  MUST(sealed);
  const auto back = security::age_open("secret", *sealed, limits);
  MUST(back && *back == to_bytes(input));
  MUST(!security::age_open("other", *sealed, limits));
}

std::vector<Bytes> seeds() {
  test::SeededTestRandom random(1);
  const auto small = security::age_seal("secret", as_bytes("a kit"), random, 1);
  const auto empty = security::age_seal("secret", {}, random, 1);
  return {*small, *empty, to_bytes(std::string_view{"YWJj"})};
}

}  // namespace muster::fuzz
