// SPDX-License-Identifier: Apache-2.0
#include "sip/edge.hpp"
#include "tests/sip/agent_world.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::AgentAt;
using test::AgentWorld;

/// The one node of a small overlay, at which alice and dave are at home.
class Node final : public Locator,
                   public CredentialSource,
                   public StoredMessages,
                   public MediaSockets {
 public:
  explicit Node(AgentWorld& world) : world_(world), random_(99) {
    Edge::Config config;
    config.self.octets[15] = 1;
    config.domain = "drill.example";
    config.listen = listen;
    edge = std::make_unique<Edge>(config, *this, *this, *this, *this, random_);
    world.others[listen] = [this](const IpEndpoint& from, BytesView bytes) {
      edge->receive_phone(world_.now, from, bytes);
    };
    world.other_deadline = [this] { return edge->deadline(); };
    world.other_step = [this] { step(); };
  }

  std::vector<NodeId> nodes_of(std::string_view) const override { return {}; }
  bool user_exists(std::string_view aor) const override {
    return home_here(aor.substr(0, aor.find('@')));
  }
  bool reachable(const NodeId&) const override { return false; }
  std::vector<NodeId> homes_of(std::string_view) const override { return {}; }
  bool may_speak_for(const NodeId&, std::string_view) const override { return false; }
  std::optional<DigestVerifier> find(std::string_view user) const override {
    return DigestVerifier::from_password(user, "drill.example", "secret-" + std::string{user});
  }
  bool home_here(std::string_view user) const override { return user == "alice" || user == "dave"; }
  bool waiting_for(std::string_view) const override { return false; }
  KeepResult keep(TimePoint, std::string_view, std::string_view to, std::string_view,
                  BytesView) override {
    kept.emplace_back(to);
    return KeepResult::kept;
  }
  bool seen(std::string_view) const override { return false; }
  bool mark_seen(TimePoint, std::string_view) override { return true; }
  std::optional<std::uint16_t> open_pair() override { return next_port_ += 2; }
  void close_pair(std::uint16_t) override {}

  const IpEndpoint listen = *IpEndpoint::parse("10.0.0.200:5060");
  std::vector<std::string> kept;
  std::unique_ptr<Edge> edge;

 private:
  void step() {
    edge->advance(world_.now);
    while (auto output = edge->poll()) {
      if (auto* phone = std::get_if<Edge::ToPhone>(&*output)) {
        world_.send(listen, phone->to.endpoint, std::move(phone->message), world_.sip_loss);
      }
    }
  }
  AgentWorld& world_;
  test::SeededTestRandom random_;
  std::uint16_t next_port_ = 20000;
};

struct AtNode {
  explicit AtNode(std::uint64_t seed = 1)
      : world(seed), node(world), alice(add("alice", 1)), dave(add("dave", 2)) {}
  AgentAt& add(const std::string& user, unsigned number, std::string password = {}) {
    auto config = AgentWorld::config_of(user, number);
    config.registrar = node.listen;
    if (password.empty()) password = "secret-" + user;
    return world.add(config, password);
  }
  static Uri uri(const std::string& user) { return *Uri::parse("sip:" + user + "@drill.example"); }

  AgentWorld world;
  Node node;
  AgentAt& alice;
  AgentAt& dave;
};

TEST(AgentAtEdge, RegistersRenewsAndSignsOff) {
  AtNode at;
  at.dave.agent.register_here(at.world.now);
  at.world.run(1s);
  EXPECT_EQ(at.dave.registered, 1u);
  EXPECT_EQ(at.node.edge->registered_users().size(), 1u);
  at.world.run(10min);
  EXPECT_EQ(at.node.edge->registered_users().size(), 1u);
  EXPECT_TRUE(at.dave.not_registered.empty());
  at.dave.agent.unregister(at.world.now);
  at.world.run(1s);
  EXPECT_EQ(at.dave.unregistered, 1u);
  EXPECT_TRUE(at.node.edge->registered_users().empty());
  EXPECT_TRUE(at.dave.agent.at_rest());
}

TEST(AgentAtEdge, IsRefusedWithAWrongPassword) {
  AtNode at;
  AgentAt& mallory = at.add("dave", 3, "guessed");
  mallory.agent.register_here(at.world.now);
  at.world.run(5s);
  ASSERT_EQ(mallory.not_registered.size(), 1u);
  EXPECT_FALSE(mallory.not_registered[0].tries_again);
  EXPECT_TRUE(mallory.agent.at_rest());
}

TEST(AgentAtEdge, TriesAgainUntilTheNodeIsThere) {
  AtNode at;
  at.world.sip_loss = 1;
  at.dave.agent.register_here(at.world.now);
  at.world.run(80s);
  EXPECT_GE(at.dave.not_registered.size(), 2u);
  at.world.sip_loss = 0;
  at.world.run(60s);
  EXPECT_EQ(at.dave.registered, 1u);
}

TEST(AgentAtEdge, IsCalledByOneThatIsNotRegistered) {
  AtNode at;
  at.alice.to_say = test::tone(440, 5);
  at.dave.agent.register_here(at.world.now);
  at.world.run(1s);
  ASSERT_TRUE(at.alice.agent.call(at.world.now, AtNode::uri("dave")));
  at.world.run(3s);
  ASSERT_EQ(at.alice.talking, 1u);
  ASSERT_EQ(at.dave.talking, 1u);
  EXPECT_GT(test::share_of_tone(at.dave.heard, 440), 0.9);
  at.dave.agent.hang_up(at.world.now);
  at.world.run(2s);
  ASSERT_EQ(at.alice.ends.size(), 1u);
  EXPECT_EQ(at.alice.ends[0].end.cause, AgentCallEnd::Cause::hung_up_there);
  EXPECT_TRUE(at.alice.agent.at_rest());
}

TEST(AgentAtEdge, IsToldWhyACallCannotBe) {
  AtNode at;
  ASSERT_TRUE(at.alice.agent.call(at.world.now, AtNode::uri("dave")));
  at.world.run(2s);
  ASSERT_TRUE(at.alice.agent.call(at.world.now, AtNode::uri("nobody")));
  at.world.run(2s);
  ASSERT_EQ(at.alice.ends.size(), 2u);
  EXPECT_EQ(at.alice.ends[0].end.status, 480u);
  EXPECT_EQ(at.alice.ends[1].end.status, 404u);
}

TEST(AgentAtEdge, LearnsWhetherItsTextWasDeliveredOrStored) {
  AtNode at;
  ASSERT_TRUE(at.alice.agent.send_text(at.world.now, AtNode::uri("dave"), "later"));
  at.world.run(5s);
  at.dave.agent.register_here(at.world.now);
  at.world.run(1s);
  ASSERT_TRUE(at.alice.agent.send_text(at.world.now, AtNode::uri("dave"), "now"));
  at.world.run(5s);
  ASSERT_EQ(at.alice.answers.size(), 2u);
  EXPECT_EQ(at.alice.answers[0].status, 202u);
  EXPECT_EQ(at.alice.answers[1].status, 200u);
  EXPECT_EQ(at.node.kept, std::vector<std::string>{"dave@drill.example"});
  EXPECT_EQ(at.dave.texts, std::vector<std::string>{"now"});
}

class AgentAtEdgeUnderLoss : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, AgentAtEdgeUnderLoss, testing::Range<std::uint64_t>(1, 21));

TEST_P(AgentAtEdgeUnderLoss, RegistersCallsAndHangsUp) {
  AtNode at(GetParam());
  at.world.sip_loss = 0.2;
  at.dave.agent.register_here(at.world.now);
  at.world.run(30s);
  ASSERT_EQ(at.dave.registered, 1u) << "seed " << GetParam();
  ASSERT_TRUE(at.alice.agent.call(at.world.now, AtNode::uri("dave")));
  at.world.run(30s);
  EXPECT_EQ(at.alice.talking, 1u) << "seed " << GetParam();
  EXPECT_EQ(at.dave.talking, 1u) << "seed " << GetParam();
  at.alice.agent.hang_up(at.world.now);
  at.world.run(70s);
  EXPECT_TRUE(at.alice.agent.at_rest()) << "seed " << GetParam();
  EXPECT_FALSE(at.dave.agent.in_call()) << "seed " << GetParam();
}

}  // namespace
}  // namespace muster::sip
