// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "security/end_to_end.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::security::test {

/// A directory that everybody sees at once.
class SharedDirectory final : public PeerKeys {
 public:
  [[nodiscard]] std::optional<Prekey> prekey(const NodeId& node) const override {
    return find(prekeys, node);
  }
  [[nodiscard]] std::optional<Key32> signing_key(const NodeId& node) const override {
    return find(signing_keys, node);
  }
  [[nodiscard]] std::optional<Key32> certificate_key(const NodeId& node) const override {
    return find(certificate_keys, node);
  }
  [[nodiscard]] bool is_brief(const NodeId&) const override { return brief; }
  bool brief = false;  ///< everybody is to be sealed to in few octets
  std::map<NodeId, Key32> certificate_keys;
  std::map<NodeId, Prekey> prekeys;
  std::map<NodeId, Key32> signing_keys;

 private:
  template <typename Map>
  static std::optional<typename Map::mapped_type> find(const Map& map, const NodeId& node) {
    const auto found = map.find(node);
    return found == map.end() ? std::nullopt : std::optional(found->second);
  }
};

/// Nodes with a directory; messages are carried by hand.
class EndToEndWorld {
 public:
  explicit EndToEndWorld(std::uint64_t seed = 1) : random_(seed) {}
  EndToEndWorld(const EndToEndWorld&) = delete;
  EndToEndWorld& operator=(const EndToEndWorld&) = delete;

  static NodeId id(std::uint8_t number) {
    NodeId node;
    node.octets = {number};
    return node;
  }
  /// Starts a node, or starts it again with all forgotten; `prekey` distinguishes its prekeys.
  EndToEnd& start(std::uint8_t number, std::uint8_t prekey = 1, bool publish = true) {
    const Key32 signing{number, 1};
    const OwnPrekey own{prekey, Secret32{Key32{0, number, prekey}}};
    directory.signing_keys[id(number)] = ed25519_public(signing);
    if (publish) {
      directory.prekeys[id(number)] = Prekey{prekey, x25519_public(own.private_key.octets)};
    }
    nodes_[number] =
        std::make_unique<EndToEnd>(id(number), signing, own, directory, random_, limits);
    const Key32 in_certificate{1, number};
    directory.certificate_keys[id(number)] = x25519_public(in_certificate);
    nodes_[number]->add_certificate_key(in_certificate);
    return *nodes_[number];
  }
  EndToEnd& operator[](std::uint8_t number) { return *nodes_.at(number); }

  Bytes seal(std::uint8_t from, std::uint8_t to, std::string_view text) {
    return (*this)[from].seal(now, id(to), as_bytes(text)).value();
  }
  Result<EndToEnd::Opened, OpenError> open(std::uint8_t at, BytesView sealed,
                                           std::uint8_t source = 0) {
    return (*this)[at].open(now, sealed, source == 0 ? std::nullopt : std::optional(id(source)));
  }
  /// Text that arrives, or "-" and why not.
  std::string carry(std::uint8_t from, std::uint8_t to, std::string_view text) {
    const auto opened = open(to, seal(from, to, text), from);
    if (!opened) return "-" + std::string(to_string(opened.error()));
    return std::string(as_text(opened->plaintext));
  }
  /// Lets time pass and carries what the nodes send by themselves; how many messages that were.
  unsigned settle(Duration duration) {
    now += duration;
    unsigned carried = 0;
    for (auto& [number, node] : nodes_) node->advance(now);
    for (bool more = true; more;) {
      more = false;
      for (auto& [number, node] : nodes_) {
        while (auto output = node->poll()) {
          const auto& send = std::get<EndToEnd::Send>(*output);
          (void)open(send.to.octets[0], send.sealed, number);
          more = true;
          ++carried;
        }
      }
    }
    return carried;
  }

  SharedDirectory directory;
  EndToEnd::Limits limits;
  TimePoint now{std::chrono::seconds{1}};

 private:
  muster::test::SeededTestRandom random_;
  std::map<std::uint8_t, std::unique_ptr<EndToEnd>> nodes_;
};

}  // namespace muster::security::test
