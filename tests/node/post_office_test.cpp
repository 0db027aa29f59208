// SPDX-License-Identifier: Apache-2.0
#include "node/post_office.hpp"

#include <functional>

#include "core/ports/memory_message_store.hpp"
#include "core/ports/memory_state_store.hpp"
#include "node/overload.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using Kind = PostOffice::Kind;
using Texts = std::vector<std::string>;

constexpr const char* alice = "alice@drill.example";
constexpr const char* bob = "bob@drill.example";
constexpr const char* identity = "00112233445566778899aabbccddeeff";

template <typename IdType>
IdType id_of(std::uint8_t octet) {
  IdType id;
  id.octets.fill(octet);
  return id;
}

security::Key32 key_of(std::string_view aor) { return security::sha256(as_bytes(aor)); }
security::CertificateRef certificate_of(std::string_view aor) {
  return security::CertificateRef::from(BytesView{key_of(aor)}.first(16)).value();
}

/// What all nodes know of each other.
class Directory final : public PostDirectory {
 public:
  std::map<std::string, std::vector<NodeId>, std::less<>> bindings, homes;
  std::map<std::string, std::vector<PrekeyAt>, std::less<>> prekeys;
  std::set<std::string> certificates{alice, bob};
  std::set<NodeId> lost;

  std::vector<NodeId> nodes_of(std::string_view aor) const override { return in(bindings, aor); }
  bool reachable(const NodeId& node) const override { return !lost.contains(node); }
  bool is_home(const NodeId& node, std::string_view aor) const override {
    const auto all = in(homes, aor);
    return std::find(all.begin(), all.end(), node) != all.end();
  }
  std::vector<PrekeyAt> user_prekeys(std::string_view aor) const override {
    return in(prekeys, aor);
  }
  std::optional<security::Key32> user_key(std::string_view aor) const override {
    return security::ed25519_public(key_of(aor));
  }
  std::optional<security::MessageSender> sender(
      const security::CertificateRef& ref) const override {
    for (const auto& aor : certificates) {
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
};

/// A node: its post office, its outbox, and phones that show and answer as they are told.
struct Node {
  Node(std::uint8_t number, const std::string& user, Directory& shared)
      : id(id_of<NodeId>(number)), home_of(user), directory(shared), random(number) {
    directory.homes[user].push_back(id);
    start();
  }
  void start() {
    outbox = std::make_unique<dtn::Outbox>(messages, dtn::OutboxLimits{}, 1);
    office = std::make_unique<PostOffice>(
        id,
        std::vector<PostOffice::HomeUser>{
            {{home_of, certificate_of(home_of), security::Secret32{key_of(home_of)}}, everywhere}},
        directory, *outbox, state, random);
    outbox->start(now);
    office->start(now);
  }

  NodeId id;
  std::string home_of;
  bool everywhere = false;
  Directory& directory;
  test::SeededTestRandom random;
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

TEST_F(Posting, ShowsTheMessageAndEndsWithItsReceipt) {
  settle();
  write("hello");
  phones_at({far.id});
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_TRUE(delivered());
  EXPECT_EQ(near.office->counters().receipts, 1u);
}

TEST_F(Posting, Costs133OctetsMoreThanTheMessageAndAReceiptOf83) {
  settle();
  write("hello");
  phones_at({far.id});
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].size(), 5u + 133u);
  EXPECT_EQ(sent[1].size(), 83u);
}

TEST_F(Posting, TravelsWithThePrecedenceThatItsSenderAskedFor) {
  settle();
  write(
      "MESSAGE sip:bob@drill.example SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
      "From: <sip:alice@drill.example>;tag=1\r\nTo: <sip:bob@drill.example>\r\nCall-ID: 1\r\n"
      "CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nResource-Priority: q735.flash\r\n"
      "Content-Length: 0\r\n\r\n");
  phones_at({far.id});
  ASSERT_EQ(precedences.size(), 2u);
  EXPECT_EQ(precedences[0], Precedence::flash);
  EXPECT_EQ(precedences[1], Precedence::routine);
}

TEST_F(Posting, SealsOnceForAllNodesOfTheRecipient) {
  Node& other = add(bob);
  settle();
  write("hello");
  phones_at({far.id, other.id});
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_EQ(other.shown, Texts{"hello"});
  EXPECT_EQ(near.office->counters().sealed, 1u);
  EXPECT_EQ(sent[0], sent[1]);
  EXPECT_EQ(sent[0].size(), 5u + 133u + 80u);
}

TEST_F(Posting, WaitsForThePrekeyWhenNoneIsKnown) {
  publishing = false;
  settle();
  write("hello");
  phones_at({far.id});
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(near.office->counters().waiting_for_prekey, 1u);
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
  publishing = true;
  far.start();
  settle();
  near.outbox->recipient_reachable(now, bob);
  wait(5s);
  EXPECT_EQ(far.shown, Texts{"hello"});
}

TEST_F(Posting, SealsAgainForANodeThatHasLostItsKeys) {
  settle();
  write("hello");
  far.state = {};
  publishing = false;  // nobody hears of its new prekey but from itself
  far.start();
  phones_at({far.id});
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_EQ(far.office->counters().unopenable, 1u);
  EXPECT_EQ(near.office->counters().sealed_again, 1u);
  EXPECT_TRUE(delivered());
}

TEST_F(Posting, RemembersWhatANodeSaidOfItsPrekey) {
  settle();
  write("hello");
  far.state = {};
  far.phone_says = 480;
  publishing = false;
  far.start();
  phones_at({far.id});
  far.phone_says = 200;
  wait(5s);
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_EQ(far.office->counters().unopenable, 1u);
}

TEST_F(Posting, DoesNotSealAgainForWhoIsNotTheRecipient) {
  settle();
  write("hello");
  Node& stranger = add("carol@drill.example");
  directory.certificates.insert("carol@drill.example");
  far.phone_says = 0;
  phones_at({far.id});
  const auto name = security::sealed_message_id(BytesView{sent.at(0)}.subspan(1));
  SealAgain request{name, {9, security::x25519_public(key_of("x"))}, {}};
  request.signature =
      security::ed25519_sign(key_of("carol@drill.example"),
                             SealAgain::signed_octets(bob, stranger.id, name, request.prekey));
  near.office->receive(now, stranger.id, encode(request));
  settle();
  EXPECT_EQ(near.office->counters().forged, 1u);
  EXPECT_EQ(near.office->counters().sealed_again, 0u);
}

/// Whoever is asked to seal again is not made to do so for ever.
TEST_F(Posting, SealsAgainABoundedNumberOfTimes) {
  settle();
  write("hello");
  on_the_way = [&](Node& from, PostOffice::Send& send) {
    if (&from != &near) return true;
    const auto name = security::sealed_message_id(BytesView{send.message}.subspan(1));
    const auto key = static_cast<std::uint8_t>(sent.size());
    SealAgain request{name, {key, security::x25519_public({1, key})}, {}};
    request.signature = security::ed25519_sign(
        key_of(bob), SealAgain::signed_octets(bob, far.id, name, request.prekey));
    near.office->receive(now, far.id, encode(request));
    return false;
  };
  phones_at({far.id});
  EXPECT_EQ(near.office->counters().sealed, 3u);
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
}

TEST_F(Posting, ShowsACopyOnceAndSendsAReceiptForEach) {
  settle();
  write("hello");
  on_the_way = [&](Node& from, PostOffice::Send&) { return &from == &near; };
  phones_at({far.id});
  wait(61s);
  wait(5s);
  EXPECT_FALSE(delivered());
  on_the_way = nullptr;
  wait(120s);
  wait(5s);
  EXPECT_TRUE(delivered());
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_EQ(near.office->counters().sealed, 1u);
}

TEST_F(Posting, TakesAReceiptThatComesAfterTheOriginHasRestarted) {
  settle();
  write("hello");
  Bytes receipt;
  on_the_way = [&](Node& from, PostOffice::Send& send) {
    if (&from == &far) receipt = send.message;
    return &from == &near;
  };
  phones_at({far.id});
  near.start();
  near.office->receive(now, far.id, receipt);
  settle();
  EXPECT_TRUE(delivered());
}

TEST_F(Posting, BelievesNoReceiptButTheRecipients) {
  settle();
  write("hello");
  on_the_way = [&](Node& from, PostOffice::Send& send) {
    if (&from == &far) send.message.back() ^= 1;
    return true;
  };
  phones_at({far.id});
  EXPECT_FALSE(delivered());
  EXPECT_EQ(near.office->counters().forged, 1u);
  EXPECT_EQ(near.office->counters().receipts, 0u);
}

TEST_F(Posting, BelievesNoReceiptOfAnotherMessage) {
  settle();
  write("hello");
  far.phone_says = 0;
  phones_at({far.id});
  Receipt receipt{*MessageIdentity::from_hex(identity), 200, {}};
  receipt.signature = security::ed25519_sign(
      key_of(bob), Receipt::signed_octets(alice, bob, id_of<MessageIdentity>(7), 200));
  near.office->receive(now, far.id, encode(receipt));
  EXPECT_EQ(near.office->counters().forged, 1u);
  receipt.identity = id_of<MessageIdentity>(7);
  near.office->receive(now, far.id, encode(receipt));
  EXPECT_EQ(near.office->counters().unmatched, 1u);
  EXPECT_FALSE(delivered());
}

TEST_F(Posting, DoesNotShowWhatItsSenderDidNotSign) {
  settle();
  const auto prekey = directory.prekeys.at(bob).at(0).prekey.public_key;
  const security::MessageSigner mallory{alice, certificate_of(alice),
                                        security::Secret32{key_of("mallory@drill.example")}};
  test::SeededTestRandom random(1);
  const auto sealed = security::seal_message(mallory, bob, std::array<security::Key32, 1>{prekey},
                                             as_bytes("send money"), random);
  far.office->receive(now, near.id, encode(PostedMessage{*sealed}));
  settle();
  EXPECT_TRUE(far.shown.empty());
  EXPECT_EQ(far.office->counters().forged, 1u);
  EXPECT_TRUE(sent.empty());
}

TEST_F(Posting, WaitsForTheSendersCertificate) {
  settle();
  directory.certificates.erase(alice);
  write("hello");
  phones_at({far.id});
  EXPECT_EQ(far.office->counters().unknown_senders, 1u);
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
  directory.certificates.insert(alice);
  wait(5s);
  EXPECT_EQ(far.shown, Texts{"hello"});
}

TEST_F(Posting, IgnoresAMessageForNobodyHere) {
  Node& third = add("carol@drill.example");
  settle();
  write("hello");
  far.phone_says = 0;
  phones_at({far.id});
  third.office->receive(now, near.id, sent.at(0));
  EXPECT_EQ(third.office->counters().not_ours, 1u);
  EXPECT_FALSE(third.office->poll());
}

TEST_F(Posting, TriesAgainSoonWhenTheNodeIsLostOnTheWay) {
  settle();
  write("hello");
  far.phone_says = 0;
  phones_at({far.id});
  EXPECT_TRUE(ends.empty());
  near.office->node_lost(far.id);
  settle();
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
}

TEST_F(Posting, TriesAgainWhenDeliveryGaveUp) {
  settle();
  write("hello");
  on_the_way = [&](Node& from, PostOffice::Send& send) {
    from.office->gave_up(send.number);
    return false;
  };
  phones_at({far.id});
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
  on_the_way = nullptr;
  wait(5s);
  EXPECT_TRUE(delivered());
}

TEST_F(Posting, IsRefusedForGoodWhenAllPhonesRefuseIt) {
  Node& other = add(bob);
  settle();
  write("hello");
  far.phone_says = 415;
  other.phone_says = 404;
  phones_at({far.id, other.id});
  EXPECT_EQ(ends, std::vector{dtn::Outcome::rejected});
}

TEST_F(Posting, IsTriedAgainWhileSomePhoneMayTakeIt) {
  Node& other = add(bob);
  settle();
  write("hello");
  far.phone_says = 415;
  other.phone_says = 480;
  phones_at({far.id, other.id});
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
  other.phone_says = 200;
  wait(5s);
  EXPECT_EQ(other.shown, Texts{"hello"});
  EXPECT_TRUE(delivered());
}

TEST_F(Posting, ShowsAtThisNodeToo) {
  phone_at_origin = true;
  settle();
  write("hello");
  phones_at({});
  EXPECT_EQ(near.shown, Texts{"hello"});
  EXPECT_TRUE(delivered());
  EXPECT_TRUE(sent.empty());
}

TEST_F(Posting, LeavesToSipWhereTheRecipientIsAGuest) {
  settle();
  write("hello");
  phones_at({id_of<NodeId>(77)});
  EXPECT_EQ(near.by_sip.size(), 1u);
  EXPECT_TRUE(sent.empty());
}

TEST_F(Posting, PublishesThePrekeyOfAUserAtHomeEverywhereOnceHeIsThere) {
  far.everywhere = true;
  far.state = {};
  directory.prekeys.clear();
  far.start();
  settle();
  EXPECT_TRUE(directory.user_prekeys(bob).empty());
  far.office->user_arrived(bob);
  settle();
  EXPECT_EQ(directory.user_prekeys(bob).size(), 1u);
  far.office->user_arrived("nobody@drill.example");
  EXPECT_FALSE(far.office->poll());
}

TEST_F(Posting, CountsWhatMakesNoSense) {
  near.office->receive(now, far.id, Bytes{1, 2, 3});
  near.office->receive(now, far.id, Bytes{9});
  near.office->receive(now, far.id, {});
  EXPECT_EQ(near.office->counters().malformed, 2u);
  EXPECT_EQ(near.office->counters().not_ours, 1u);
  near.office->shown(now, {999, Kind::delivered, 200, identity});
  near.office->gave_up(999);
  settle();
  EXPECT_TRUE(sent.empty());
}

}  // namespace
}  // namespace muster::node
