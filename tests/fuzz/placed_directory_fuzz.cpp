// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/directory.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/placed_network.hpp"

namespace muster::fuzz {
namespace {

using namespace overlay;

NodeId node(std::size_t number) {
  NodeId id;
  id.octets[15] = static_cast<std::uint8_t>(number);
  return id;
}

constexpr std::size_t own_value_bytes_max = 40;
/// Value, key and signature of one record.
constexpr std::size_t own_bytes_max = own_value_bytes_max + 200;

DirectoryLimits limits() {
  DirectoryLimits small;
  small.records_max = 12;
  small.bytes_max = 4000;
  small.records_per_writer_max = 6;
  small.floors_max = 8;
  small.members.members_max = 6;
  small.look_ups.look_ups_max = 3;
  small.replicas.charges_max = 4;
  small.reconciler.neighbours_max = 3;
  small.spread.to_all_bytes_max = 600;
  small.copies = 2;
  return small;
}

/// A directory that places its records among nodes that say whatever they like about theirs.
class Member {
 public:
  Member() { directory_.start(now_, 1); }

  void act(Choices& choices) {
    const NodeId who = node(1 + choices.below(6));
    const auto kind = static_cast<Kind>(1 + choices.below(8));
    const std::string resource(1, static_cast<char>('a' + choices.below(4)));
    // An answer to what was asked last comes about as often as not.
    const Ask ask = choices.coin() ? asked_ : Ask{};
    switch (choices.below(12)) {
      case 0:
        directory_.reachable(now_, who, choices.coin());
        break;
      case 1:
        directory_.receive_from_node(now_, who, choices.bytes(200));
        break;
      case 2: {
        record(choices, kind, resource);
        directory_.receive_from_node(now_, who, encode(Store{ask, {{age(choices), body_, sign_}}}));
        break;
      }
      case 3: {
        record(choices, kind, resource);
        const NodeId from = choices.coin() ? asked_node_ : who;
        directory_.receive_from_node(now_, from,
                                     encode(Found{ask, true, {{age(choices), body_, sign_}}}));
        break;
      }
      case 4:
        directory_.receive_from_node(now_, asked_node_, encode(Found{ask, choices.coin(), {}}));
        break;
      case 5: {
        Verdicts verdicts{ask, {}};
        const auto count = choices.below(4);
        for (std::size_t i = 0; i < count; ++i) {
          verdicts.verdicts.push_back(static_cast<Verdicts::Each>(1 + choices.below(3)));
        }
        directory_.receive_from_node(now_, asked_node_, encode(verdicts));
        break;
      }
      case 6:
        directory_.look_up(now_, kind, {kind}, resource);
        break;
      case 7:
        (void)directory_.put(now_, kind, resource, choices.bytes(own_value_bytes_max),
                             std::chrono::seconds{1 + choices.below(5000)});
        break;
      case 8:
        directory_.remove(now_, kind, resource);
        break;
      case 9:
        now_ += choices.pause();
        break;
      case 10:
        record(choices, Kind::node, who.hex());
        directory_.neighbour_up(now_, who);
        directory_.receive(now_, who, encode(Records{{{0, body_, sign_}}}));
        break;
      case 11:
        directory_.receive_from_node(
            now_, who, encode(Proposal{ask, {{choices.below(9), {1, 1}, choices.below(9)}}}));
        break;
    }
    settle(directory_, now_, [this](const Directory::Output& output) {
      if (const auto* const send = std::get_if<Directory::SendToNode>(&output)) hear(*send);
      if (const auto* const send = std::get_if<Directory::Send>(&output)) {
        MUST(parse_sync_message(send->message));
      }
    });
    const std::size_t own_max = limits().records_per_writer_max;
    MUST(directory_.records() <= limits().records_max + own_max);
    MUST(directory_.bytes() <= limits().bytes_max + own_max * own_bytes_max);
    for (const auto& view : directory_.find(kind, resource)) {
      MUST(view.born + view.lifetime > now_);
    }
  }

 private:
  void hear(const Directory::SendToNode& send) {
    const auto read = parse_place_message(send.message);
    MUST(read);
    if (send.path) return;
    MUST(send.to != node(0));
    MUST(is_look_up(send.message) == send.look_up);
    asked_ = std::visit([](const auto& each) { return each.ask; }, *read);
    asked_node_ = send.to;
  }
  /// One signed record, of any writer, perhaps even this node.
  void record(Choices& choices, Kind kind, const std::string& resource) {
    const NodeId writer = node(choices.below(7));
    const Version version{static_cast<std::uint32_t>(choices.below(6)),
                          static_cast<std::uint32_t>(choices.below(4))};
    const bool deleted = choices.coin();
    const std::chrono::seconds lifetime{1 + choices.below(10'000)};
    const Bytes value = deleted ? Bytes{} : to_bytes(choices.bytes(400));
    const auto body =
        Record::encode_body({{kind, resource, writer}, version, lifetime, deleted, value});
    MUST(body);
    body_ = *body;
    sign_ = test::fake_signature(writer, Record::signed_text(*body));
  }
  static std::uint32_t age(Choices& choices) {
    return static_cast<std::uint32_t>(choices.below(12'000));
  }

  TimePoint now_{std::chrono::hours{1}};
  test::FakeSigner signer_{node(0)};
  test::PlacedPolicy policy_;
  test::FakeDigest digest_;
  ports::MemoryRecordStore store_;
  Directory directory_{node(0), signer_, policy_, store_, digest_, limits(), 1};
  Ask asked_;
  NodeId asked_node_ = node(1);
  Bytes body_;
  Bytes sign_;
};

}  // namespace

void run(BytesView input) {
  Choices choices(input);
  Member member;
  for (int acts = 0; choices.left() && acts < 500; ++acts) member.act(choices);
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> all;
  SeededRandom random(5);
  for (int i = 0; i < 24; ++i) {
    Bytes story(400);
    for (auto& octet : story) octet = static_cast<std::uint8_t>(random.next() & 0x3f);
    all.push_back(std::move(story));
  }
  return all;
}

}  // namespace muster::fuzz
