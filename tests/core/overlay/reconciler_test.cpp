// SPDX-License-Identifier: Apache-2.0
// What two neighbours with nearly the same records say to each other until they have the same.
#include "core/overlay/reconciler.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_signing.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;

Record record(std::uint64_t number, std::uint32_t sequence) {
  const auto writer = test::node_id(number / 20);
  const auto body =
      Record::encode_body({{Kind::sip_binding, "user-" + std::to_string(number), writer},
                           {1, sequence},
                           10h,
                           false,
                           Bytes(40, static_cast<std::uint8_t>(number))});
  return *Record::parse(*body, Bytes(Record::signature_bytes, 1));
}

/// One of two neighbours; whatever record comes it takes.
struct Side {
  explicit Side(std::uint64_t number)
      : id(test::node_id(number)), table(digest), reconciler(table, id, {}, number) {}
  void hold(std::uint64_t number, std::uint32_t sequence) {
    table.hold(record(number, sequence), TimePoint{}, false);
  }

  NodeId id;
  test::FakeDigest digest;
  RecordTable table;
  Reconciler reconciler;
  std::size_t record_bytes_sent = 0;
  std::size_t other_bytes_sent = 0;
  std::size_t messages_sent = 0;
};

class TwoSides {
 public:
  void meet() {
    a.reconciler.neighbour_up(now, b.id);
    b.reconciler.neighbour_up(now, a.id);
  }
  /// Until both are silent.
  void talk() {
    for (bool busy = true; busy;) {
      busy = carry(a, b);
      busy |= carry(b, a);
    }
  }
  [[nodiscard]] std::size_t beside_records() const {
    return a.other_bytes_sent + b.other_bytes_sent;
  }

  TimePoint now{1h};
  Side a{1};
  Side b{2};

 private:
  bool carry(Side& from, Side& to) {
    bool any = false;
    while (const auto send = from.reconciler.poll()) {
      any = true;
      ++from.messages_sent;
      const auto read = parse_sync_message(send->message);
      EXPECT_TRUE(read);
      const bool records = read && std::holds_alternative<Records>(*read);
      (records ? from.record_bytes_sent : from.other_bytes_sent) += send->message.size();
      auto heard = to.reconciler.receive(now, from.id, send->message);
      for (auto& arrived : heard.records) {
        const Entry* held = to.table.find(arrived.record.key());
        if (held == nullptr || held->record.version() < arrived.record.version()) {
          to.table.hold(std::move(arrived.record), now, false);
        }
      }
      (void)to.reconciler.judged(now, from.id);
    }
    return any;
  }
};

TEST(Reconciler, SaysHardlyAnythingWhereTenThousandRecordsAreTheSame) {
  TwoSides two;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    two.a.hold(i, 1);
    two.b.hold(i, 1);
  }
  two.meet();
  two.talk();
  EXPECT_LE(two.beside_records(), 100U);
  EXPECT_EQ(two.a.record_bytes_sent + two.b.record_bytes_sent, 0U);
}

class TenOfTenThousand : public testing::TestWithParam<int> {};

/// How they differ: 0 the one lacks ten, 1 the other has ten in a newer version, 2 either.
TEST_P(TenOfTenThousand, CostAtMostTwelveHundredOctetsBesideThemselves) {
  TwoSides two;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    two.a.hold(i, 1);
    if (GetParam() != 0 || i % 1000 != 7) two.b.hold(i, 1);
  }
  for (std::uint64_t i = 7; i < 10'000 && GetParam() != 0; i += 1000) {
    (GetParam() == 2 && i % 2000 == 7 ? two.a : two.b).hold(i, 2);
  }
  two.meet();
  two.talk();
  EXPECT_EQ(two.a.table.digest(), two.b.table.digest());
  EXPECT_LE(two.beside_records(), 1200U);
  EXPECT_LE(two.a.record_bytes_sent + two.b.record_bytes_sent, 10U * 250);
  RecordProperty("octets_beside_records", static_cast<int>(two.beside_records()));
}
INSTANTIATE_TEST_SUITE_P(Differences, TenOfTenThousand, testing::Values(0, 1, 2));

TEST(Reconciler, TriesALargerSketchWhereTheFirstDoesNotTell) {
  TwoSides two;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    two.a.hold(i, 1);
    two.b.hold(i, i % 30 == 0 ? 2 : 1);
  }
  two.meet();
  two.talk();
  EXPECT_EQ(two.a.table.digest(), two.b.table.digest());
  EXPECT_GE(two.a.reconciler.counters().sketches_too_small +
                two.b.reconciler.counters().sketches_too_small,
            1U);
  EXPECT_LE(two.beside_records(), 20'000U);
}

TEST(Reconciler, FallsBackToListingWhereNoSketchTells) {
  TwoSides two;
  for (std::uint64_t i = 0; i < 2000; ++i) (i % 2 == 0 ? two.a : two.b).hold(i, 1);
  two.meet();
  two.talk();
  EXPECT_EQ(two.a.table.digest(), two.b.table.digest());
  EXPECT_EQ(two.a.table.size(), 2000U);
}

/// One node with some who compare themselves with it, and more who only hear it.
class Crowd : public ::testing::Test {
 protected:
  Crowd() { side.reconciler.set_audience(9); }
  void meet(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      side.reconciler.neighbour_up(now, test::node_id(100 + i));
    }
    static_cast<void>(records_sent());
  }
  void write(std::uint64_t number) {
    side.hold(number, 1);
    side.reconciler.publish(now, record(number, 1).key(), std::nullopt);
  }
  void run(Duration span) {
    const TimePoint end = now + span;
    for (auto due = side.reconciler.deadline(); due && *due <= end;
         due = side.reconciler.deadline()) {
      now = std::max(now, *due);
      side.reconciler.advance(now);
    }
    now = end;
  }
  /// What went to each.
  std::map<NodeId, std::vector<Bytes>> records_sent() {
    std::map<NodeId, std::vector<Bytes>> sent;
    while (auto out = side.reconciler.poll()) {
      if (std::holds_alternative<Records>(*parse_sync_message(out->message))) {
        sent[out->to].push_back(out->message);
      }
    }
    return sent;
  }

  TimePoint now{1h};
  Side side{1};
};

TEST_F(Crowd, IsToldTheSameEvenIfOneLacksMore) {
  meet(3);
  write(1);
  side.hold(2, 1);
  side.reconciler.correct(now, record(2, 1).key(), test::node_id(100));
  run(2s);
  const auto sent = records_sent();
  ASSERT_EQ(sent.size(), 3u);
  const auto& first = sent.at(test::node_id(100));
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(sent.at(test::node_id(101)), std::vector<Bytes>{first[0]});
  EXPECT_EQ(sent.at(test::node_id(102)), std::vector<Bytes>{first[0]});
}

TEST_F(Crowd, IsWaitedForUntilABroadcastIsWorthIt) {
  meet(1);
  write(1);
  run(1s);
  EXPECT_TRUE(records_sent().empty());
  side.reconciler.neighbour_up(now, test::node_id(101));
  side.reconciler.neighbour_up(now, test::node_id(102));
  run(600ms);
  const auto sent = records_sent();
  ASSERT_EQ(sent.size(), 3u);
  for (const auto& [to, messages] : sent) EXPECT_EQ(messages, sent.begin()->second);
}

TEST_F(Crowd, IsToldAtOnceWhereOurOwnPhonesAre) {
  meet(3);
  run(2s);
  static_cast<void>(records_sent());
  write(25);
  run(20ms);
  EXPECT_EQ(records_sent().size(), 3u);
}

TEST_F(Crowd, IsNotWaitedForLong) {
  meet(1);
  write(1);
  run(3s);
  EXPECT_EQ(records_sent().size(), 1u);
}

}  // namespace
}  // namespace muster::overlay
