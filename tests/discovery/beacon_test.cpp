// SPDX-License-Identifier: Apache-2.0
#include "discovery/beacon.hpp"

#include <gtest/gtest.h>

namespace muster::discovery {
namespace {

Beacon some_beacon() {
  Beacon beacon;
  for (std::uint8_t i = 0; i < NodeId::size; ++i) beacon.node.octets[i] = i;
  beacon.boot = 0x01020304;
  beacon.answer_wanted = true;
  return beacon;
}

TEST(Beacon, IsWrittenAsTheProtocolPageSays) {
  EXPECT_EQ(to_hex(some_beacon().encode()), "0101000102030405060708090a0b0c0d0e0f01020304");
}

TEST(Beacon, IsReadAsItWasWritten) {
  EXPECT_EQ(Beacon::parse(some_beacon().encode()), some_beacon());
}

TEST(Beacon, IsRefusedAtEveryOtherLength) {
  Bytes bytes = some_beacon().encode();
  bytes.push_back(0);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const auto read = Beacon::parse(BytesView(bytes).first(size));
    EXPECT_EQ(read.has_value(), size == Beacon::encoded_bytes) << size;
  }
}

TEST(Beacon, IsRefusedInAnotherVersionOrWithUnknownFlags) {
  for (const std::size_t octet : {0U, 1U}) {
    Bytes bytes = some_beacon().encode();
    bytes[octet] = 2;
    EXPECT_FALSE(Beacon::parse(bytes).has_value()) << "octet " << octet;
  }
}

}  // namespace
}  // namespace muster::discovery
