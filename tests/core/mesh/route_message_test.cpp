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
  message.names = 0xffffffff;
  message.wants_after = 0;
  message.updates = {{node(1), {{0xffffffff, 0xffffffff}, 1}}};
  message.requests = {{node(3), {0xffffffff, 0xffffffff}, 32}};
  const Bytes bytes = encode(message);
  EXPECT_EQ(bytes.size(), RouteMessage::header_bytes_max + RouteMessage::update_bytes_max +
                              RouteMessage::request_bytes_max);
  EXPECT_EQ(decode_route_message(bytes, 1000).value(), message);
}

NodeId of_roster(std::uint8_t number) {
  NodeId id = node(number);
  id.octets[0] = 9;
  id.octets[1] = number;
  return id;
}

RouteMessage about_the_roster() {
  RouteMessage message = example();
  message.updates[0].destination = of_roster(1);
  message.updates[1].destination = of_roster(2);
  message.requests[0].destination = of_roster(3);
  return message;
}

TEST(RouteMessage, InTheCompactFormTakesSixOctetsForANodeOfTheRoster) {
  ShortNames names;
  for (const int n : {1, 2, 3}) names.add(of_roster(static_cast<std::uint8_t>(n)));
  const Bytes bytes = encode(about_the_roster(), &names);
  EXPECT_EQ(bytes.size(), 8u + 2 * 6u + 5u);
  EXPECT_EQ(decode_route_message(bytes, 1000, &names).value(), about_the_roster());
  EXPECT_EQ(decode_route_message(bytes, 1000).error(), RouteMessageError::unknown_format);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_route_message(BytesView{bytes}.first(size), 1000, &names)) << size;
  }
}

TEST(RouteMessage, ThatSaysByWhichNamesItIsCompactIsReadWithNoOther) {
  ShortNames names;
  ShortNames fewer;
  for (const int n : {1, 2, 3}) names.add(of_roster(static_cast<std::uint8_t>(n)));
  fewer.add(of_roster(2));
  RouteMessage message = about_the_roster();
  message.names = names.digest();
  const Bytes bytes = encode(message, &names);
  EXPECT_EQ(decode_route_message(bytes, 1000, &names).value(), message);
  EXPECT_EQ(decode_route_message(bytes, 1000, &fewer).error(), RouteMessageError::other_names);
  EXPECT_EQ(decode_route_message(encode(message), 1000, &fewer).value(), message);
}

TEST(RouteMessage, InTheCompactFormSaysWholeWhoStandsInNoRoster) {
  const ShortNames none;
  EXPECT_EQ(decode_route_message(encode(example(), &none), 1000, &none).value(), example());
}

TEST(RouteMessage, LeavesOutOfTheCompactFormWhoseNameIsNotKnown) {
  ShortNames names;
  ShortNames fewer;
  for (const int n : {1, 2, 3}) names.add(of_roster(static_cast<std::uint8_t>(n)));
  fewer.add(of_roster(2));
  const auto read = decode_route_message(encode(about_the_roster(), &names), 1000, &fewer).value();
  ASSERT_EQ(read.updates.size(), 1u);
  EXPECT_EQ(read.updates[0].destination, of_roster(2));
  EXPECT_TRUE(read.requests.empty());
}

TEST(RouteMessage, InTheCompactFormWithTheLargestNumbersIsAsLongAsItsLimitsSay) {
  ShortNames others;
  others.add(of_roster(9));
  RouteMessage message;
  message.boot = message.upto = 0xffffffff;
  message.wants_after = 0xffffffff;
  message.names = others.digest();
  message.updates = {{node(1), {{0xffffffff, 0xffffffff}, 1}}};
  message.requests = {{node(3), {0xffffffff, 0xffffffff}, 32}};
  const Bytes bytes = encode(message, &others);
  EXPECT_EQ(bytes.size(), RouteMessage::compact_header_bytes_max +
                              RouteMessage::compact_update_bytes_max +
                              RouteMessage::compact_request_bytes_max);
  EXPECT_EQ(decode_route_message(bytes, 1000, &others).value(), message);
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
