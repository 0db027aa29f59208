// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/directory.hpp"

#include <gtest/gtest.h>

#include "tests/support/directory_network.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;
using test::DirectoryNetwork;

std::string only_value(const Directory& directory, Kind kind, std::string_view resource) {
  const auto found = directory.find(kind, resource);
  return found.size() == 1 ? std::string(as_text(found[0].value))
                           : "(" + std::to_string(found.size()) + " records)";
}

TEST(Directory, WritesNothingWhileItListens) {
  DirectoryNetwork net(1);
  net.add(1);
  EXPECT_TRUE(net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("a"), 1h));
  net.run_for(1900ms);
  EXPECT_EQ(net.at(0).records(), 0U);
  net.run_for(200ms);
  EXPECT_EQ(only_value(net.at(0), Kind::node, "host-1"), "a");
}

TEST(Directory, StopsListeningOnceANeighbourHasNothingNewer) {
  DirectoryNetwork net(1);
  net.add(2);
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("a"), 1h);
  net.connect(0, 1);
  net.run_for(200ms);
  EXPECT_EQ(only_value(net.at(1), Kind::node, "host-1"), "a");
}

TEST(Directory, PushesAChangeToAllNodesOfAChainAtOnce) {
  DirectoryNetwork net(2);
  net.add(5);
  net.chain();
  net.run_for(3s);
  net.at(0).put(net.now(), Kind::sip_binding, "alice", as_bytes("here"), 1h);
  net.run_for(4 * (20ms + 10ms) + 1ms);
  EXPECT_EQ(only_value(net.at(4), Kind::sip_binding, "alice"), "here");
}

TEST(Directory, KeepsTheRecordsOfSeveralWritersOfOneResource) {
  DirectoryNetwork net(2);
  net.add(3);
  net.chain();
  for (std::size_t i = 0; i < 3; ++i) {
    net.at(i).put(net.now(), Kind::sip_binding, "alice", as_bytes("x"), 1h);
  }
  net.run_for(3s);
  EXPECT_EQ(net.at(1).find(Kind::sip_binding, "alice").size(), 3U);
  EXPECT_EQ(net.at(1).all(Kind::sip_binding).size(), 3U);
  EXPECT_TRUE(net.at(1).all(Kind::node).empty());
}

TEST(Directory, HidesARemovedRecordEverywhere) {
  DirectoryNetwork net(3);
  net.add(3);
  net.chain();
  net.at(0).put(net.now(), Kind::sip_binding, "alice", as_bytes("x"), 1h);
  net.run_for(3s);
  net.at(0).remove(net.now(), Kind::sip_binding, "alice");
  net.run_for(1s);
  EXPECT_TRUE(net.at(2).find(Kind::sip_binding, "alice").empty());
  EXPECT_TRUE(net.alike());
}

TEST(Directory, TellsOfChangesWithTheirWriter) {
  DirectoryNetwork net(3);
  net.add(2);
  net.connect(0, 1);
  net.at(0).put(net.now(), Kind::sip_binding, "alice", as_bytes("x"), 1h);
  net.run_for(3s);
  ASSERT_EQ(net.node(1).changes.size(), 1U);
  EXPECT_EQ(net.node(1).changes[0].writer, net.id(0));
  EXPECT_EQ(net.node(1).changes[0].resource, "alice");
  EXPECT_FALSE(net.node(1).changes[0].deleted);
}

TEST(Directory, WritesNothingNewWhenTheSameIsPutAgain) {
  DirectoryNetwork net(3);
  net.add(1);
  net.run_for(3s);
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("a"), 1h);
  const auto before = net.at(0).digest();
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("a"), 1h);
  EXPECT_EQ(net.at(0).digest(), before);
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("b"), 1h);
  EXPECT_NE(net.at(0).digest(), before);
}

TEST(Directory, RefusesToPutWhatBreaksALimit) {
  DirectoryNetwork net(3);
  net.add(1);
  EXPECT_FALSE(net.at(0).put(net.now(), Kind::node, "", as_bytes("a"), 1h));
  EXPECT_FALSE(net.at(0).put(net.now(), Kind::node, std::string(256, 'a'), as_bytes("a"), 1h));
  EXPECT_FALSE(net.at(0).put(net.now(), Kind::node, "n", Bytes(4097), 1h));
  EXPECT_FALSE(net.at(0).put(net.now(), Kind::node, "n", as_bytes("a"), 0s));
  EXPECT_FALSE(net.at(0).put(net.now(), Kind::node, "n", as_bytes("a"), 24h * 400));
}

TEST(Directory, RenewsOwnRecordsBeforeTheyExpire) {
  DirectoryNetwork net(4);
  net.add(2);
  net.connect(0, 1);
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("a"), 60s);
  for (int minute = 0; minute < 10; ++minute) {
    net.run_for(60s);
    EXPECT_EQ(only_value(net.at(1), Kind::node, "host-1"), "a");
  }
}

TEST(Directory, ForgetsRecordsOfASilentWriterByAge) {
  DirectoryNetwork net(4);
  net.add(3);
  net.chain();
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("a"), 60s);
  net.run_for(10s);
  net.kill(0);
  net.run_for(61s);
  EXPECT_TRUE(net.at(2).find(Kind::node, "host-1").empty());
  EXPECT_TRUE(net.node(2).changes.back().deleted);
  EXPECT_TRUE(net.alike());
}

TEST(Directory, RestartedNodeWritesAboveWhatItWroteBefore) {
  DirectoryNetwork net(5);
  net.add(2);
  net.connect(0, 1);
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("a"), 1h);
  net.run_for(3s);
  const auto old = net.at(1).find(Kind::node, "host-1").at(0).version;
  net.kill(0);
  net.boot(0);
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("b"), 1h);
  net.connect(0, 1);
  net.run_for(3s);
  EXPECT_EQ(only_value(net.at(1), Kind::node, "host-1"), "b");
  EXPECT_GT(net.at(1).find(Kind::node, "host-1").at(0).version.epoch, old.epoch);
  EXPECT_TRUE(net.node(1).alarms.empty());
}

TEST(Directory, NodeWithALostDiskLearnsItsEpochByListening) {
  DirectoryNetwork net(5);
  net.add(2);
  net.connect(0, 1);
  for (int life = 0; life < 4; ++life) {
    net.at(0).put(net.now(), Kind::node, "host-1", as_bytes(std::to_string(life)), 1h);
    net.run_for(3s);
    net.kill(0);
    net.node(0).boot = 0;
    net.node(0).store = std::make_shared<ports::MemoryRecordStore>();
    net.boot(0);
    net.connect(0, 1);
  }
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("new"), 1h);
  net.run_for(3s);
  EXPECT_EQ(only_value(net.at(1), Kind::node, "host-1"), "new");
  EXPECT_EQ(only_value(net.at(0), Kind::node, "host-1"), "new");
}

TEST(Directory, NodeRestoredFromAnOldDiskOutwritesItsFormerSelf) {
  DirectoryNetwork net(6);
  net.add(2);
  const auto backup = *net.node(0).store;
  net.connect(0, 1);
  for (int i = 0; i < 5; ++i) {
    net.at(0).put(net.now(), Kind::node, "host-1", as_bytes(std::to_string(i)), 1h);
    net.run_for(3s);
  }
  net.kill(0);
  *net.node(0).store = backup;
  net.node(0).boot = 0;
  net.boot(0);
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("restored"), 1h);
  net.run_for(10s);  // writes alone, at epoch 1, below what the other holds
  net.connect(0, 1);
  net.run_for(5s);
  EXPECT_EQ(only_value(net.at(1), Kind::node, "host-1"), "restored");
  EXPECT_EQ(net.at(0).counters().rewritten, 1U);
  EXPECT_TRUE(net.alike());
}

TEST(Directory, RaisesTheAlarmWhenTwoNodesShareOneIdentity) {
  DirectoryNetwork net(7);
  net.add(1);
  net.add(false);
  net.node(1).id = net.id(0);
  net.node(1).signer = test::FakeSigner(net.id(0));
  net.boot(1);
  net.add(1);
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("true"), 1h);
  net.at(1).put(net.now(), Kind::node, "host-1", as_bytes("clone"), 1h);
  net.run_for(3s);
  Directory& third = net.at(2);
  third.neighbour_up(net.now(), net.id(0));
  // The third node hears both, one after the other.
  const auto say = [&](std::size_t from) {
    net.at(from).neighbour_up(net.now(), net.id(2));
    net.at(from).receive(net.now(), net.id(2), encode(Listing{false, 0, ~KeyHash{0}, {}}));
    while (auto output = net.at(from).poll()) {
      if (auto* send = std::get_if<Directory::Send>(&*output)) {
        third.receive(net.now(), net.id(0), send->message);
      }
    }
  };
  say(0);
  say(1);
  net.run_for(1ms);
  ASSERT_EQ(net.node(2).alarms.size(), 1U);
  EXPECT_EQ(net.node(2).alarms[0].writer, net.id(0));
  EXPECT_EQ(third.counters().clones, 1U);
}

TEST(Directory, RaisesTheAlarmWhenACopyOfItStartsLater) {
  DirectoryNetwork net(7);
  net.add(3);
  net.chain();
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("true"), 1h);
  net.run_for(7s);
  net.add(false);
  net.node(3).id = net.id(0);
  net.node(3).signer = test::FakeSigner(net.id(0));
  net.boot(3);
  net.connect(2, 3);
  net.at(3).put(net.now(), Kind::node, "host-1", as_bytes("copy"), 1h);
  net.run_for(2min);
  ASSERT_FALSE(net.node(0).alarms.empty());
  EXPECT_EQ(net.node(0).alarms[0].writer, net.id(0));
}

TEST(Directory, TakesARestoredDiskForNoCopy) {
  DirectoryNetwork net(7);
  net.add(2);
  net.connect(0, 1);
  for (int i = 0; i < 5; ++i) {
    net.at(0).put(net.now(), Kind::node, "host-1", as_bytes(std::to_string(i)), 10h);
    net.run_for(3s);
  }
  net.kill(0);
  net.run_for(1h);
  net.node(0).store = std::make_shared<ports::MemoryRecordStore>();
  net.node(0).boot = 0;
  net.boot(0);
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("restored"), 10h);
  net.run_for(10min);  // alone, below what the other holds
  net.connect(0, 1);
  net.run_for(1min);
  EXPECT_EQ(only_value(net.at(1), Kind::node, "host-1"), "restored");
  EXPECT_EQ(net.at(0).counters().clones, 0U);
}

TEST(Directory, ClonesDoNotChaseEachOtherOverTheAir) {
  DirectoryNetwork net(7);
  net.add(3);
  net.add(false);
  net.node(3).id = net.id(0);
  net.node(3).signer = test::FakeSigner(net.id(0));
  net.boot(3);
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("true"), 10h);
  net.at(3).put(net.now(), Kind::node, "host-1", as_bytes("clone"), 10h);
  net.run_for(3s);
  net.chain();
  net.run_for(1h);
  EXPECT_FALSE(net.node(1).alarms.empty() && net.node(2).alarms.empty());
  EXPECT_GE(net.at(0).counters().rewritten + net.at(3).counters().rewritten, 2U);
  EXPECT_LE(net.at(0).counters().rewritten + net.at(3).counters().rewritten, 60U);
  EXPECT_LE(net.bytes_sent(), 100000U);
}

TEST(Directory, RemovesWhatAnEarlierLifeWroteAndThisOneDoesNotClaim) {
  DirectoryNetwork net(8);
  net.add(2);
  net.connect(0, 1);
  net.at(0).put(net.now(), Kind::sip_binding, "alice", as_bytes("x"), 10h);
  net.run_for(3s);
  net.kill(0);
  net.boot(0);
  net.connect(0, 1);
  net.run_for(9min);
  EXPECT_EQ(net.at(1).find(Kind::sip_binding, "alice").size(), 1U);
  net.run_for(2min);
  EXPECT_TRUE(net.at(1).find(Kind::sip_binding, "alice").empty());
}

TEST(Directory, ShowsLoadedForeignRecordsAsStaleUntilANeighbourConfirmsThem) {
  DirectoryNetwork net(9);
  net.add(2);
  net.connect(0, 1);
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("a"), 1h);
  net.run_for(3s);
  net.kill(1);
  net.boot(1);
  ASSERT_EQ(net.at(1).find(Kind::node, "host-1").size(), 1U);
  EXPECT_TRUE(net.at(1).find(Kind::node, "host-1")[0].stale);
  net.connect(0, 1);
  net.run_for(1s);
  EXPECT_FALSE(net.at(1).find(Kind::node, "host-1")[0].stale);
}

TEST(Directory, LoadsCertificatesBeforeWhatTheyProve) {
  DirectoryNetwork net(9);
  net.add(3);
  net.chain();
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("a"), 1h);
  net.at(1).put(net.now(), Kind::certificate, "c", as_bytes("der"), 1h);
  net.run_for(3s);
  net.kill(2);
  net.node(2).policy.verified.clear();
  net.boot(2);
  EXPECT_EQ(net.node(2).policy.verified, (std::vector{net.id(1), net.id(0)}));
}

TEST(Directory, DropsALoadedRecordThatHasExpiredElsewhere) {
  DirectoryNetwork net(10);
  net.add(3);
  net.chain();
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("a"), 60s);
  net.run_for(5s);
  net.kill(2);
  net.kill(0);
  net.run_for(70s);
  net.boot(2);
  ASSERT_EQ(net.at(2).find(Kind::node, "host-1").size(), 1U);
  net.connect(1, 2);
  net.run_for(2s);
  EXPECT_TRUE(net.at(2).find(Kind::node, "host-1").empty());
  EXPECT_TRUE(net.alike());
}

TEST(Directory, GoesOnInMemoryWhenTheStoreFails) {
  DirectoryNetwork net(11);
  net.add(2);
  net.connect(0, 1);
  net.node(1).store->fail = true;
  net.at(0).put(net.now(), Kind::node, "host-1", as_bytes("a"), 1h);
  net.run_for(3s);
  EXPECT_EQ(only_value(net.at(1), Kind::node, "host-1"), "a");
  EXPECT_EQ(net.at(1).counters().store_failures, 1U);
}

}  // namespace
}  // namespace muster::overlay
