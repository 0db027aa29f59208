// SPDX-License-Identifier: Apache-2.0
// A fifth of the nodes are captured and do their worst, with keys and certificates of members. Who
// looks up an honest user still finds where he is now.
#include <gtest/gtest.h>

#include <deque>

#include "tests/support/placed_network.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;
using test::PlacedNetwork;
using Outcome = LookUps::Outcome;

constexpr std::size_t nodes = 64;
constexpr std::size_t users = 100;
constexpr std::size_t look_ups = 1000;

std::string user(std::size_t number) { return "user-" + std::to_string(number) + "@drill.example"; }

bool captured(std::size_t node) { return node % 5 == 0; }

/// A record as its writer sent it, octet for octet.
struct Sent {
  explicit Sent(const RecordView& view)
      : body(*Record::encode_body({{view.kind, std::string(view.resource), view.writer},
                                   view.version,
                                   view.lifetime,
                                   false,
                                   to_bytes(view.value)})),
        signature(test::fake_signature(view.writer, Record::signed_text(body))) {}
  [[nodiscard]] RecordInMessage again() const { return {1, body, signature}; }
  Bytes body;
  Bytes signature;
};

/// Honest users at honest nodes, which are their homes; each has moved once.
class PlacementUnderAttack : public testing::Test {
 protected:
  explicit PlacementUnderAttack(std::vector<NodeId> ids = PlacedNetwork::ids(nodes, 31))
      : net(ids, 31, 0) {
    for (std::size_t i = 0; i < users; ++i) {
      net.make_home(home(i), user(i));
      net.at(home(i)).put(net.now(), Kind::sip_binding, user(i), as_bytes("there"), 10h);
    }
    net.run_for(10s);
    for (std::size_t i = 0; i < users; ++i) {
      for (const auto& was : net.at(home(i)).find(Kind::sip_binding, user(i))) {
        past.try_emplace(user(i), was);
      }
      net.at(home(i)).put(net.now(), Kind::sip_binding, user(i), as_bytes("here"), 10h);
    }
    net.run_for(10s);
  }
  static std::size_t home(std::size_t number) {
    const std::size_t node = number * 7 % nodes;
    return captured(node) ? node + 1 : node;
  }
  void capture(const PlacedNetwork::Tamper& tamper) {
    for (std::size_t i = 0; i < nodes; ++i) {
      if (captured(i)) net.tamper(i, tamper);
    }
  }
  /// The share of look-ups by honest nodes that found where the user is now.
  double found_now(std::size_t count = look_ups) {
    SeededRandom random(7);
    std::size_t found = 0;
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t asker = random.below(nodes);
      while (captured(asker)) asker = random.below(nodes);
      const auto name = user(random.below(users));
      const auto answer = net.look_up(asker, name);
      const auto held = net.at(asker).find(Kind::sip_binding, name);
      found += answer.outcome == Outcome::found && held.size() == 1 &&
               as_text(held.front().value) == "here";
      net.run_for(2s);
    }
    return static_cast<double>(found) / static_cast<double>(count);
  }

  PlacedNetwork net;
  std::map<std::string, Sent> past;
};

TEST_F(PlacementUnderAttack, ThoseWhoSayNothing) {
  for (std::size_t i = 0; i < nodes; ++i) {
    if (captured(i)) net.silence(i);
  }
  EXPECT_GE(found_now(), 0.999);
}

TEST_F(PlacementUnderAttack, ThoseWhoSayThatThereIsNone) {
  capture([](Found& found) { found.records.clear(); });
  EXPECT_GE(found_now(), 0.999);
}

TEST_F(PlacementUnderAttack, ThoseWhoAnswerWithWhatWasTrueOnce) {
  capture([this](Found& found) {
    for (auto& each : found.records) {
      const auto record = Record::parse(each.body, each.signature);
      const auto old = record ? past.find(record->key().resource) : past.end();
      if (old != past.end()) each = old->second.again();
    }
  });
  EXPECT_GE(found_now(), 0.999);
}

TEST_F(PlacementUnderAttack, ThoseWhoForgeWhatTheyAnswer) {
  std::deque<Bytes> forged;
  capture([&](Found& found) {
    for (auto& each : found.records) {
      forged.push_back(to_bytes(each.body));
      forged.back().back() ^= 1;
      each.body = forged.back();
    }
  });
  EXPECT_GE(found_now(), 0.999);
}

TEST_F(PlacementUnderAttack, ThoseWhoClaimAVersionOfTheFuture) {
  std::deque<Bytes> claims;
  capture([&](Found& found) {
    for (auto& each : found.records) {
      const auto record = Record::parse(each.body, each.signature);
      claims.push_back(*Record::encode_body(
          {record->key(), {0xffffffff, 1}, 10h, false, to_bytes(as_bytes("elsewhere"))}));
      each.body = claims.back();
    }
  });
  EXPECT_GE(found_now(), 0.999);
}

TEST_F(PlacementUnderAttack, ThoseWhoAnswerWithOtherKindsAndOtherNames) {
  const Sent node(net.at(1).all(Kind::node).front());
  capture([&](Found& found) { found.records = {past.begin()->second.again(), node.again()}; });
  EXPECT_GE(found_now(), 0.999);
}

/// They store all that they may, as large as it may be, at a fourth of the honest nodes.
TEST_F(PlacementUnderAttack, ThoseWhoFillTheTablesOfAll) {
  for (std::uint32_t number = 0; number < 300; ++number) {
    for (std::size_t bad = 0; bad < nodes; bad += 5) {
      const RecordKey key{Kind::sip_binding, "junk-" + std::to_string(number), net.id(bad)};
      const auto body = Record::encode_body({key, {1, number + 1}, 10h, false, Bytes(1024, 1)});
      const auto signature = test::fake_signature(net.id(bad), Record::signed_text(*body));
      const auto store = encode(Store{{number, 0}, {{0, *body, signature}}});
      for (std::size_t i = 1; i < nodes; i += 5) {
        net.at(i).receive_from_node(net.now(), net.id(bad), store);
      }
    }
  }
  for (std::size_t i = 1; i < nodes; i += 5) {
    EXPECT_GT(net.at(i).bytes(), DirectoryLimits{}.bytes_per_writer_max);
    EXPECT_LT(net.at(i).bytes(), DirectoryLimits{}.bytes_max / 2);
  }
  net.at(home(0)).put(net.now(), Kind::sip_binding, "late@drill.example", as_bytes("here"), 10h);
  net.run_for(5s);
  EXPECT_EQ(net.look_up(home(1), "late@drill.example").outcome, Outcome::found);
  EXPECT_GE(found_now(look_ups / 10), 0.999);
}

/// Ids come with certificates, so nobody chooses his own. If the authority's own machine were lost:
/// all captured nodes are closer to a name than anybody else.
class PlacementWithClusteredIds : public PlacementUnderAttack {
 protected:
  PlacementWithClusteredIds() : PlacementUnderAttack(clustered()) {}
  static std::vector<NodeId> clustered() {
    auto ids = PlacedNetwork::ids(nodes, 31);
    test::FakeDigest digest;
    const auto place = place_of(digest, user(0));
    for (std::size_t i = 0; i < nodes; i += 5) {
      std::copy_n(place.octets.begin(), Place::size - 1, ids[i].octets.begin());
      ids[i].octets.back() = static_cast<std::uint8_t>(i);
    }
    return ids;
  }
};

TEST_F(PlacementWithClusteredIds, ThoseWhoSurroundANameAndDenyIt) {
  capture([](Found& found) { found.records.clear(); });
  for (std::size_t asker = 0; asker < nodes; ++asker) {
    if (captured(asker)) continue;
    EXPECT_EQ(net.look_up(asker, user(0)).outcome, Outcome::found) << asker;
  }
  EXPECT_GE(found_now(), 0.999);
}

}  // namespace
}  // namespace muster::overlay
