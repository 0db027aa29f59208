// SPDX-License-Identifier: Apache-2.0
#include "security/digest_verifier.hpp"

#include <gtest/gtest.h>

namespace muster::security {
namespace {

// RFC 7616 3.9.1: user "Mufasa", realm "http-auth@example.org", password "Circle of Life"; the RFC
// prints responses, from which both values follow: response = H(HA1:nonce:nc:cnonce:qop:HA2).
TEST(DigestVerifier, GivesTheHa1BehindTheExamplesOfRfc7616) {
  const auto made = digest_verifier("Mufasa", "http-auth@example.org", "Circle of Life");
  EXPECT_EQ(made.ha1_md5, "3d78807defe7de2157e2b0b6573a855f");
  EXPECT_EQ(made.ha1_sha256, "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
}

}  // namespace
}  // namespace muster::security
