// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/route_message.hpp"

#include "core/base/seeded_random.hpp"

namespace muster::mesh {
namespace {

NodeId node(std::uint8_t number) {
  NodeId id;
  id.octets[15] = number;
  return id;
}

RouteMessage example() {
  RouteMessage message;
  message.boot = 7;
  message.after = 8;
  message.upto = 9;
  message.is_newest = true;
  message.wants_after = 4;
  message.updates = {{node(1), {{7, 3}, 256}}, {node(2), {{1, 2}, metric_infinity}}};
  message.requests = {{node(3), {4, 5}, 32}};
  return message;
}

TEST(RouteMessage, ReadsBackWhatWasWritten) {
  const Bytes bytes = encode(example());
  EXPECT_EQ(bytes.size(), 20u + 2 * 20u + 19u);
  const auto read = decode_route_message(bytes, 1000);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, example());
}

TEST(RouteMessage, IsRefusedWhenCutShortAnywhereOrLonger) {
  Bytes bytes = encode(example());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_route_message(BytesView{bytes}.first(size), 1000).has_value()) << size;
  }
  bytes.push_back(0);
  EXPECT_EQ(decode_route_message(bytes, 1000).error(), RouteMessageError::wrong_length);
}

TEST(RouteMessage, IsRefusedAboveTheLimit) {
  const Bytes bytes = encode(example());
  EXPECT_EQ(decode_route_message(bytes, bytes.size() - 1).error(), RouteMessageError::too_long);
}

TEST(RouteMessage, WithARequestThatMayTravelNoHopIsRefused) {
  auto message = example();
  message.requests[0].hop_limit = 0;
  EXPECT_EQ(decode_route_message(encode(message), 1000).error(), RouteMessageError::bad_entry);
}

TEST(RouteMessage, WithTheLargestNumbersIsAsLongAsItsLimitsSay) {
  RouteMessage message;
  message.wants_after = 0;
  message.updates = {{node(1), {{0xffffffff, 0xffffffff}, 1}}};
  message.requests = {{node(3), {0xffffffff, 0xffffffff}, 32}};
  const Bytes bytes = encode(message);
  EXPECT_EQ(bytes.size(), RouteMessage::header_bytes_max + RouteMessage::update_bytes_max +
                              RouteMessage::request_bytes_max);
  EXPECT_EQ(decode_route_message(bytes, 1000).value(), message);
}

TEST(RouteMessage, WhoseRevisionsRunBackwardsIsRefused) {
  RouteMessage message;
  message.after = 2;
  message.upto = 1;
  EXPECT_EQ(decode_route_message(encode(message), 1000).error(), RouteMessageError::bad_entry);
}

TEST(RouteMessage, ThatIsReadWritesTheSameBytesAgain) {
  SeededRandom random{20261};
  const Bytes good = encode(example());
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes = good;
    for (int i = 0; i < 3; ++i) {
      bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.next());
    }
    const auto read = decode_route_message(bytes, 1000);
    if (read) {
      EXPECT_EQ(encode(*read), bytes) << to_hex(bytes);
    }
  }
}

TEST(RouteVersion, OfAHigherBootIsAlwaysNewer) {
  EXPECT_GT((RouteVersion{2, 0}), (RouteVersion{1, 0xffffffff}));
  EXPECT_EQ((RouteVersion{1, 0xffffffff}.next()), (RouteVersion{2, 0}));
  EXPECT_EQ((RouteVersion{0xffffffff, 0xffffffff}.next()), (RouteVersion{0xffffffff, 0xffffffff}));
}

TEST(Cost, StaysInfiniteOnceItIs) {
  EXPECT_EQ(add(256, 256), 512);
  EXPECT_EQ(add(0xfff0, 0x0f), metric_infinity);
  EXPECT_EQ(add(metric_infinity, 1), metric_infinity);
}

}  // namespace
}  // namespace muster::mesh
