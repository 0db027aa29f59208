// SPDX-License-Identifier: Apache-2.0
#include "node/metered_mesh.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "node/post_message.hpp"
#include "tests/security/end_to_end_world.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;

constexpr LinkId the_link{};
const radio::LinkProfile lora = radio::lora_profile({250'000, 9, 5});

/// All hear all on one LoRa channel; a frame that is on the air when another begins is not lost.
class NarrowWorld {
 public:
  struct Node {
    std::uint32_t boot = 0;
    std::unique_ptr<MeteredMesh> mesh;
    std::vector<MeteredMesh::BriefArrived> briefs;
    std::vector<MeteredMesh::PacketArrived> packets;
  };

  explicit NarrowWorld(std::uint8_t count, const radio::LinkProfile& profile = lora)
      : profile_(profile), nodes_(count) {
    for (std::uint8_t i = 0; i < count; ++i) {
      roster_.add(id(i));
      directory_.certificate_keys[id(i)] = security::x25519_public(static_key(i));
      directory_.signing_keys[id(i)] = security::ed25519_public(signing_key(i));
    }
    for (std::uint8_t i = 0; i < count; ++i) start(i, 1);
  }
  [[nodiscard]] static NodeId id(std::uint8_t index) {
    NodeId node;
    node.octets.fill(static_cast<std::uint8_t>(index + 1));
    return node;
  }
  void start(std::uint8_t i, std::uint32_t boot) {
    nodes_[i].boot = boot;
    const security::LocalNode local{id(i), {}, static_key(i), security::Key32{7}, boot};
    nodes_[i].mesh =
        std::make_unique<MeteredMesh>(local, signing_key(i), roster_, directory_, i + 100U * boot);
    nodes_[i].mesh->link_up(now, the_link, 255, profile_);
  }
  Node& operator[](std::size_t index) { return nodes_[index]; }
  void run(Duration time) {
    const TimePoint end = now + time;
    while (now < end) {
      for (std::uint8_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i].mesh->advance(now);
        drain(i);
      }
      std::optional<TimePoint> next;
      for (const auto& node : nodes_) next = earlier(next, node.mesh->deadline());
      now = std::min(end, std::max(next.value_or(end), now + 1ms));
    }
  }

  TimePoint now{};
  std::vector<std::size_t> datagrams;      ///< octets of each
  std::vector<std::size_t> announcements;  ///< likewise
  Duration airtime{};

 private:
  static security::Key32 static_key(std::uint8_t i) {
    return {0, static_cast<std::uint8_t>(i + 1)};
  }
  static security::Key32 signing_key(std::uint8_t i) { return {static_cast<std::uint8_t>(i + 1)}; }

  void drain(std::uint8_t i) {
    while (auto output = nodes_[i].mesh->poll()) {
      if (auto* frame = std::get_if<MeteredMesh::SendFrame>(&*output)) {
        const bool announces = frame->use.routing == 1 + 8 + mesh::Announcement::signature_bytes;
        (announces ? announcements : datagrams).push_back(frame->datagram.size());
        airtime += profile_.airtime(frame->datagram.size());
        for (std::size_t other = 0; other < nodes_.size(); ++other) {
          if (other != i) nodes_[other].mesh->receive(now, the_link, frame->datagram);
        }
      } else if (auto* brief = std::get_if<MeteredMesh::BriefArrived>(&*output)) {
        nodes_[i].briefs.push_back(std::move(*brief));
      } else if (auto* packet = std::get_if<MeteredMesh::PacketArrived>(&*output)) {
        nodes_[i].packets.push_back(std::move(*packet));
      }
    }
  }

  radio::LinkProfile profile_;
  mesh::Roster roster_;
  security::test::SharedDirectory directory_;
  std::vector<Node> nodes_;
};

TEST(MeteredMesh, BringsABriefMessageFromNodeToNode) {
  NarrowWorld world(3);
  world.run(1min);
  EXPECT_TRUE(world[0].mesh->send_brief(world.now, NarrowWorld::id(2), as_bytes("hello"),
                                        Precedence::routine));
  world.run(30s);
  ASSERT_EQ(world[2].briefs.size(), 1u);
  EXPECT_EQ(world[2].briefs[0].from, NarrowWorld::id(0));
  EXPECT_EQ(as_text(world[2].briefs[0].message), "hello");
  EXPECT_TRUE(world[1].briefs.empty());
}

TEST(MeteredMesh, CutsWhatIsLongerThanAFrame) {
  NarrowWorld world(2);
  const Bytes text(1500, 0x61);
  EXPECT_TRUE(world[0].mesh->send_brief(world.now, NarrowWorld::id(1), text, Precedence::routine));
  EXPECT_TRUE(world[0].mesh->send_packet(world.now, NarrowWorld::id(1), text, Precedence::routine));
  EXPECT_FALSE(
      world[0].mesh->send_packet(world.now, NarrowWorld::id(1), Bytes(5000), Precedence::routine));
  world.run(3min);
  ASSERT_EQ(world[1].briefs.size(), 1u);
  EXPECT_EQ(world[1].briefs[0].message, text);
  ASSERT_EQ(world[1].packets.size(), 1u);
  EXPECT_EQ(world[1].packets[0].payload, text);
}

TEST(MeteredMesh, KnowsARestartedNodeAgain) {
  NarrowWorld world(2);
  const auto say = [&](std::uint8_t from, std::uint8_t to) {
    EXPECT_TRUE(world[from].mesh->send_brief(world.now, NarrowWorld::id(to), as_bytes("hello"),
                                             Precedence::routine));
    world.run(30s);
  };
  say(0, 1);
  say(1, 0);
  world.start(0, 2);
  say(1, 0);
  say(0, 1);
  EXPECT_EQ(world[1].briefs.size(), 2u);
  ASSERT_EQ(world[0].briefs.size(), 2u) << "one in each life";
  world.start(0, 300);  // its disk was replaced by an old copy's successor: many starts later
  world.run(1min);      // it announces itself
  say(0, 1);
  EXPECT_EQ(world[1].briefs.size(), 3u);
}

/// Texts of 50 octets and their receipts over one hop, all octets of all datagrams.
std::size_t octets_of_a_message(NarrowWorld& world) {
  const std::size_t before = world.datagrams.size();
  const auto text = std::string(50, 'x');
  const BriefMessage message{{}, {}, {}, false, as_bytes(text), 1};
  EXPECT_TRUE(world[0].mesh->send_brief(world.now, NarrowWorld::id(1), encode(message),
                                        Precedence::routine));
  while (world[1].briefs.empty()) world.run(100ms);
  const BriefReceipt receipt{{}, BriefReceipt::Result::delivered, 200};
  EXPECT_TRUE(world[1].mesh->send_brief(world.now, NarrowWorld::id(0), encode(receipt),
                                        Precedence::routine));
  world.run(10s);
  world[1].briefs.clear();
  EXPECT_EQ(world[0].briefs.size(), 1u);
  world[0].briefs.clear();
  std::size_t octets = 0;
  for (std::size_t i = before; i < world.datagrams.size(); ++i) octets += world.datagrams[i];
  return octets;
}

TEST(MeteredMesh, SaysAMessageAndItsReceiptIn160Octets) {
  NarrowWorld world(2);
  world.run(20s);  // both have announced themselves
  const std::size_t first = octets_of_a_message(world);
  const std::size_t later = octets_of_a_message(world);
  RecordProperty("first", static_cast<int>(first));
  RecordProperty("later", static_cast<int>(later));
  EXPECT_LE(first, 260u);
  EXPECT_LE(later, 160u);
}

TEST(MeteredMesh, AnnouncesANodeInAHundredOctets) {
  NarrowWorld world(1);
  world.run(1min);
  ASSERT_FALSE(world.announcements.empty());
  RecordProperty("octets", static_cast<int>(world.announcements.front()));
  for (const std::size_t octets : world.announcements) EXPECT_LE(octets, 100u);
}

TEST(MeteredMesh, LeavesTheChannelFreeWhenThereIsNothingToSay) {
  for (const std::uint8_t count : {5, 30, 100}) {
    NarrowWorld world(count);
    world.run(1h);
    const Duration before = world.airtime;
    world.run(2h);
    const double share = static_cast<double>((world.airtime - before).count()) /
                         static_cast<double>(Duration{2h}.count());
    RecordProperty("share_of_" + std::to_string(count), std::to_string(share));
    EXPECT_LE(share, 0.02) << int{count};
    EXPECT_GT(share, 0.001) << "it is noticed that somebody is there";
  }
}

TEST(MeteredMesh, TriesOnlyNodesOfTheRoster) {
  NarrowWorld world(2);
  EXPECT_TRUE(world[0].mesh->may_reach(NarrowWorld::id(1)));
  EXPECT_FALSE(world[0].mesh->may_reach(NarrowWorld::id(0))) << "itself";
  EXPECT_FALSE(world[0].mesh->may_reach(NarrowWorld::id(9)));
  world[0].mesh->link_down(the_link);
  EXPECT_FALSE(world[0].mesh->may_reach(NarrowWorld::id(1)));
}

}  // namespace
}  // namespace muster::node
