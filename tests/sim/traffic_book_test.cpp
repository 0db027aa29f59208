// SPDX-License-Identifier: Apache-2.0
#include "sim/traffic_book.hpp"

#include <gtest/gtest.h>

#include "security/datagram_type.hpp"
#include "sim/metric_names.hpp"

namespace muster::sim {
namespace {

using security::DatagramType;

Bytes datagram(DatagramType type, std::size_t octets) {
  Bytes bytes(octets);
  bytes[0] = static_cast<std::uint8_t>(type);
  return bytes;
}

std::uint64_t frames(const TrafficBook& book, TrafficBook::What what) {
  return book.totals()[static_cast<std::size_t>(what)].frames;
}

TEST(TrafficBook, TellsBeaconsAndHandshakesByTheirType) {
  TrafficBook book;
  book.sent(datagram(DatagramType::beacon, 60), {});
  book.sent(datagram(DatagramType::ik_second, 90), {});
  book.sent(datagram(DatagramType::cookied, 90), {});
  EXPECT_EQ(frames(book, TrafficBook::What::beacons), 1u);
  EXPECT_EQ(frames(book, TrafficBook::What::handshakes), 2u);
}

TEST(TrafficBook, CountsAFrameForTheFirstOfWhatItCarries) {
  TrafficBook book;
  book.sent(datagram(DatagramType::data, 300), {.carried = 100, .routing = 20});
  book.sent(datagram(DatagramType::data, 300), {.routing = 20, .directory = 200});
  book.sent(datagram(DatagramType::data, 300), {.directory = 200, .keys = 20});
  book.sent(datagram(DatagramType::data, 40), {});
  for (const auto what : {TrafficBook::What::packets, TrafficBook::What::routing,
                          TrafficBook::What::directory, TrafficBook::What::empty}) {
    EXPECT_EQ(frames(book, what), 1u);
  }
  EXPECT_EQ(frames(book, TrafficBook::What::keys), 0u);
}

TEST(TrafficBook, IsComparedWithAnEarlierMoment) {
  TrafficBook book;
  book.sent(datagram(DatagramType::beacon, 60), {});
  const auto before = book.totals();
  book.sent(datagram(DatagramType::beacon, 70), {});
  const auto since = difference(book.totals(), before);
  EXPECT_EQ(since[0].frames, 1u);
  EXPECT_EQ(since[0].bytes, 70u);
}

TEST(TrafficBook, GivesMetricsThatAScenarioMayExpect) {
  EXPECT_TRUE(is_metric("traffic.routing.bytes"));
  EXPECT_TRUE(is_metric("traffic.empty.frames"));
  EXPECT_FALSE(is_metric("traffic.routing"));
  EXPECT_FALSE(is_metric("traffic.rout.bytes"));
  EXPECT_FALSE(is_metric("traffic.bytes"));
}

}  // namespace
}  // namespace muster::sim
