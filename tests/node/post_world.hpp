// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/ports/memory_message_store.hpp"
#include "core/ports/memory_state_store.hpp"
#include "node/post_office.hpp"
#include "tests/support/seeded_test_random.hpp"

/// Post offices with outboxes and phones, and what they know of each other.
namespace muster::node::test {

using namespace std::chrono_literals;
using Kind = PostOffice::Kind;
using Texts = std::vector<std::string>;

inline constexpr const char* alice = "alice@drill.example";
inline constexpr const char* bob = "bob@drill.example";
inline constexpr const char* identity = "00112233445566778899aabbccddeeff";

template <typename IdType>
IdType id_of(std::uint8_t octet) {
  IdType id;
  id.octets.fill(octet);
  return id;
}

inline security::Key32 key_of(std::string_view aor) { return security::sha256(as_bytes(aor)); }
inline security::CertificateRef certificate_of(std::string_view aor) {
  return security::CertificateRef::from(BytesView{key_of(aor)}.first(16)).value();
}

inline security::Key32 key_of_node(const NodeId& node) { return security::sha256(node.view()); }

/// What all nodes know of each other.
struct Directory {
  using ByUser = std::map<std::string, std::vector<NodeId>, std::less<>>;
  ByUser bindings, homes, visited;
  std::map<std::string, std::vector<PrekeyAt>, std::less<>> prekeys;
  std::set<std::string> certificates{alice, bob};
  std::set<NodeId> lost;
  std::set<NodeId> brief;  ///< known by their certificates alone
};

/// As one of them sees it.
class View final : public PostDirectory {
 public:
  View(const Directory& shared, NodeId self) : shared_(shared), self_(self) {}

  std::vector<NodeId> nodes_of(std::string_view aor) const override {
    return in(shared_.bindings, aor);
  }
  bool reachable(const NodeId& node) const override { return !shared_.lost.contains(node); }
  bool is_home(const NodeId& node, std::string_view aor) const override {
    return listed(shared_.homes, aor, node);
  }
  bool may_speak_for(const NodeId& node, std::string_view aor) const override {
    return is_home(node, aor) || listed(shared_.visited, aor, node);
  }
  std::vector<NodeId> homes_of(std::string_view aor) const override {
    auto homes = in(shared_.homes, aor);
    std::erase_if(homes, [&](const NodeId& node) { return node == self_ || !reachable(node); });
    return homes;
  }
  std::vector<std::string> visitors() const override {
    std::vector<std::string> aors;
    for (const auto& [aor, nodes] : shared_.visited) {
      if (listed(shared_.visited, aor, self_)) aors.push_back(aor);
    }
    return aors;
  }
  std::vector<PrekeyAt> user_prekeys(std::string_view aor) const override {
    return in(shared_.prekeys, aor);
  }
  std::optional<security::Key32> user_key(std::string_view aor) const override {
    return security::ed25519_public(key_of(aor));
  }
  std::optional<security::Key32> signing_key(const NodeId& node) const override {
    return security::ed25519_public(key_of_node(node));
  }
  bool is_brief(const NodeId& node) const override { return shared_.brief.contains(node); }
  std::optional<std::string> user_at_home(const NodeId& home, BytesView hint) const override {
    for (const auto& [aor, nodes] : shared_.homes) {
      if (hints_at(hint, aor) && is_home(home, aor)) return aor;
    }
    return std::nullopt;
  }
  std::optional<security::MessageSender> sender(
      const security::CertificateRef& ref) const override {
    for (const auto& aor : shared_.certificates) {
      if (certificate_of(aor) == ref) return {{aor, *user_key(aor)}};
    }
    return std::nullopt;
  }

 private:
  template <typename Map>
  static typename Map::mapped_type in(const Map& map, std::string_view aor) {
    const auto at = map.find(aor);
    return at == map.end() ? typename Map::mapped_type{} : at->second;
  }
  static bool listed(const Directory::ByUser& map, std::string_view aor, const NodeId& node) {
    const auto all = in(map, aor);
    return std::find(all.begin(), all.end(), node) != all.end();
  }

  const Directory& shared_;
  NodeId self_;
};

/// A node: its post office, its outbox, and phones that show and answer as they are told.
struct Node {
  Node(std::uint8_t number, const std::string& user, Directory& shared)
      : id(id_of<NodeId>(number)), home_of(user), view(shared, id), random(number) {
    shared.homes[user].push_back(id);
    start();
  }
  void start() {
    outbox = std::make_unique<dtn::Outbox>(messages, dtn::OutboxLimits{}, 1);
    office = std::make_unique<PostOffice>(
        PostOffice::Self{id, security::Secret32{key_of_node(id)}},
        std::vector<PostOffice::HomeUser>{
            {{home_of, certificate_of(home_of), security::Secret32{key_of(home_of)}}, everywhere}},
        view, *outbox, state, random);
    outbox->start(now);
    office->start(now);
  }

  NodeId id;
  std::string home_of;
  bool everywhere = false;
  View view;
  muster::test::SeededTestRandom random;
  ports::MemoryStateStore state;
  ports::MemoryMessageStore messages;
  std::unique_ptr<dtn::Outbox> outbox;
  std::unique_ptr<PostOffice> office;
  TimePoint now{1h};

  int phone_says = 200;  ///< 0: nothing
  std::set<std::string> seen;
  Texts shown;
  std::vector<dtn::MessageId> by_sip;
};

class Posting : public testing::Test {
 protected:
  Node& add(const std::string& user) {
    const auto number = static_cast<std::uint8_t>(nodes.size() + 1);
    nodes.push_back(std::make_unique<Node>(number, user, directory));
    return *nodes.back();
  }
  void write(const std::string& text) {
    dtn::WaitingMessage message;
    message.identity = identity;
    message.from = alice;
    message.to = bob;
    message.request = to_bytes(text);
    ASSERT_TRUE(near.outbox->submit(now, std::move(message)));
  }
  /// Bob has a phone at these nodes now.
  void phones_at(std::vector<NodeId> where) {
    directory.bindings[bob] = std::move(where);
    near.outbox->recipient_reachable(now, bob);
    settle();
  }
  void wait(Duration duration) {
    now += duration;
    near.outbox->advance(now);
    settle();
  }
  /// Carries everything to where it belongs; `on_the_way` may change or drop it.
  void settle() {
    for (bool busy = true; busy;) {
      busy = false;
      for (auto& node : nodes) busy |= settle(*node);
    }
  }
  bool settle(Node& node) {
    bool busy = false;
    while (auto wanted = node.outbox->poll()) {
      busy = true;
      if (auto* attempt = std::get_if<dtn::Outbox::Attempt>(&*wanted)) {
        node.office->attempt(now, *attempt, phone_at_origin);
      }
    }
    while (auto output = node.office->poll()) {
      busy = true;
      std::visit([&](auto& said) { carry_out(node, said); }, *output);
    }
    return busy;
  }
  void carry_out(Node& node, PostOffice::Send& send) {
    sent.push_back(send.message);
    precedences.push_back(send.precedence);
    if (on_the_way && !on_the_way(node, send)) return;
    for (auto& other : nodes) {
      if (other->id == send.to) other->office->receive(now, node.id, send.message);
    }
    node.office->arrived(send.number);
  }
  void carry_out(Node& node, PostOffice::Show& show) {
    if (node.phone_says == 0) return;
    const Kind kind = node.phone_says == 200   ? Kind::delivered
                      : node.phone_says == 480 ? Kind::unreachable
                                               : Kind::rejected;
    if (kind == Kind::delivered && node.seen.insert(identity).second) {
      node.shown.emplace_back(as_text(show.request));
    }
    node.office->shown(now, {show.number, kind, node.phone_says, identity});
  }
  void carry_out(Node& node, PostOffice::AttemptBySip& attempt) {
    node.by_sip.push_back(attempt.id);
  }
  void carry_out(Node& node, PostOffice::Ended& ended) {
    ends.push_back(ended.outcome);
    node.outbox->outcome(now, ended.id, ended.outcome);
  }
  void carry_out(Node& node, PostOffice::PublishPrekey& publish) {
    if (!publishing) return;
    auto& all = directory.prekeys[publish.aor];
    std::erase_if(all, [&](const PrekeyAt& at) { return at.node == node.id; });
    all.push_back({node.id, publish.prekey.prekey});
  }
  void carry_out(Node& node, PostOffice::WithdrawPrekey& withdraw) {
    std::erase_if(directory.prekeys[withdraw.aor],
                  [&](const PrekeyAt& at) { return at.node == node.id; });
  }
  [[nodiscard]] bool delivered() const { return near.outbox->waiting() == 0; }

  TimePoint now{1h};
  Directory directory;
  std::vector<std::unique_ptr<Node>> nodes;
  Node& near = add(alice);
  Node& far = add(bob);
  bool publishing = true;
  bool phone_at_origin = false;
  std::function<bool(Node&, PostOffice::Send&)> on_the_way;
  std::vector<Bytes> sent;
  std::vector<Precedence> precedences;
  std::vector<dtn::Outcome> ends;
};

}  // namespace muster::node::test
