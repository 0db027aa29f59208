// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/directory.hpp"
#include "core/ports/memory_record_store.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/fake_signing.hpp"

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
  small.reconciler.neighbours_max = 3;
  return small;
}

/// A directory among members that sign and send whatever they like, over restarts.
class Member {
 public:
  Member() { start(); }

  void act(Choices& choices) {
    const NodeId who = node(1 + choices.below(4));
    const auto kind = static_cast<Kind>(1 + choices.below(8));
    const std::string resource(1, static_cast<char>('a' + choices.below(4)));
    switch (choices.below(8)) {
      case 0:
        directory_->neighbour_up(now_, who);
        break;
      case 1:
        directory_->neighbour_down(now_, who);
        break;
      case 2:
        directory_->receive(now_, who, choices.bytes(200));
        break;
      case 3:
        directory_->receive(now_, who, records(choices, kind, resource));
        break;
      case 4: {
        const BytesView value = choices.bytes(own_value_bytes_max);
        const std::chrono::seconds lifetime{1 + choices.below(5000)};
        (void)directory_->put(now_, kind, resource, value, lifetime);
        break;
      }
      case 5:
        directory_->remove(now_, kind, resource);
        break;
      case 6:
        now_ += choices.pause();
        break;
      case 7:
        start();
        break;
    }
    settle(*directory_, now_, [](const Directory::Output& output) {
      if (const auto* const send = std::get_if<Directory::Send>(&output)) {
        MUST(parse_sync_message(send->message));
      }
    });
    check(kind, resource);
  }

 private:
  void start() {
    directory_.emplace(node(0), signer_, policy_, store_, digest_, limits(), ++boot_);
    directory_->start(now_, boot_);
  }
  /// One signed record, of any writer, perhaps even this node.
  Bytes records(Choices& choices, Kind kind, const std::string& resource) {
    const NodeId writer = node(choices.below(5));
    const Version version{static_cast<std::uint32_t>(choices.below(6)),
                          static_cast<std::uint32_t>(choices.below(4))};
    const bool deleted = choices.coin();
    const std::chrono::seconds lifetime{1 + choices.below(10'000)};
    const Bytes value = deleted ? Bytes{} : to_bytes(choices.bytes(400));
    const auto body =
        Record::encode_body({{kind, resource, writer}, version, lifetime, deleted, value});
    MUST(body);
    const Bytes signature = test::fake_signature(writer, Record::signed_text(*body));
    const auto age = static_cast<std::uint32_t>(choices.below(12'000));
    return encode(Records{{{age, *body, signature}}});
  }
  void check(Kind kind, const std::string& resource) const {
    // Others fill the table up to its limits; what this node says itself always has room.
    const std::size_t own_max = limits().records_per_writer_max;
    MUST(directory_->records() <= limits().records_max + own_max);
    MUST(directory_->bytes() <= limits().bytes_max + own_max * own_bytes_max);
    for (const auto& view : directory_->find(kind, resource)) {
      MUST(view.born + view.lifetime > now_);
    }
  }

  TimePoint now_{std::chrono::hours{1}};
  test::FakeSigner signer_{node(0)};
  test::FakePolicy policy_;
  test::FakeDigest digest_;
  ports::MemoryRecordStore store_;
  std::uint32_t boot_ = 0;
  std::optional<Directory> directory_;
};

}  // namespace

void run(BytesView input) {
  Choices choices(input);
  Member member;
  for (int acts = 0; choices.left() && acts < 500; ++acts) member.act(choices);
}

std::vector<Bytes> seeds() {
  Bytes story{0, 0, 0, 0, 0, 0, 0, 6, 23, 0, 1, 1, 4, 0, 3, 9, 9, 9, 1, 0};
  append(story, Bytes{0, 0, 0, 3, 1, 1, 1, 0, 0, 200, 0, 2, 7, 7, 0, 4});
  append(story, Bytes{0, 1, 1, 3, 0, 5, 0, 0, 9, 9, 0, 1, 3, 0, 0, 0, 0, 0, 6, 25, 0, 0, 0, 7});
  append(story, Bytes{0, 0, 0, 0, 0, 0, 0, 6, 26, 0, 1, 1, 5, 0, 0, 0, 6, 33});
  return {story};
}

}  // namespace muster::fuzz
