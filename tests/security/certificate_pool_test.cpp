// SPDX-License-Identifier: Apache-2.0
#include "security/certificate_pool.hpp"

#include <gtest/gtest.h>

namespace muster::security {
namespace {

CertificateHash hash(std::uint8_t number) {
  CertificateHash hash;
  hash.octets[0] = number;
  return hash;
}

CertificatePool::Held held(std::uint8_t number) {
  HeldCertificate held;
  held.certificate.hash = hash(number);
  held.der = {number};
  return std::make_shared<const HeldCertificate>(std::move(held));
}

TEST(CertificatePool, FindsACertificateUnderTheRootItChainsToAlone) {
  CertificatePool pool;
  const auto certificate = held(1);
  pool.keep(hash(100), certificate);
  EXPECT_EQ(pool.find(hash(100), hash(1)), certificate);
  EXPECT_EQ(pool.find(hash(101), hash(1)), nullptr);
  EXPECT_EQ(pool.find(hash(100), hash(2)), nullptr);
}

TEST(CertificatePool, KeepsNoMoreThanItsLimit) {
  CertificatePool pool({.certificates_max = 2});
  for (std::uint8_t i = 0; i < 5; ++i) pool.keep(hash(100), held(i));
  EXPECT_EQ(pool.size(), 2u);
}

}  // namespace
}  // namespace muster::security
