// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <set>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/seeded_random.hpp"
#include "core/ports/digest.hpp"
#include "core/ports/record_policy.hpp"
#include "core/ports/signer.hpp"

namespace muster::test {

/// Stands in for SHA-256 where nobody attacks: FNV-1a stretched by a seeded generator.
class FakeDigest final : public ports::Digest {
 public:
  std::array<std::uint8_t, 32> sha256(BytesView text) override {
    std::uint64_t mix = 0xcbf29ce484222325U;
    for (auto octet : text) mix = (mix ^ octet) * 0x100000001b3U;
    SeededRandom stretch(mix);
    std::array<std::uint8_t, 32> digest{};
    for (auto& octet : digest) octet = static_cast<std::uint8_t>(stretch.next());
    return digest;
  }
};

[[nodiscard]] inline Bytes fake_signature(const NodeId& writer, BytesView text) {
  Bytes input = to_bytes(writer.view());
  append(input, text);
  const auto digest = FakeDigest{}.sha256(input);
  Bytes signature = to_bytes(BytesView(digest));
  append(signature, digest);
  return signature;
}

class FakeSigner final : public ports::Signer {
 public:
  explicit FakeSigner(NodeId self) : self_(self) {}
  Bytes sign(BytesView text) override { return fake_signature(self_, text); }

 private:
  NodeId self_;
};

/// Lets everybody write but those shut out, and nobody the resource "forbidden".
class FakePolicy final : public ports::RecordPolicy {
 public:
  std::set<NodeId> shut_out;
  std::vector<NodeId> verified;  ///< the writers, in the order asked for

  bool may_write(std::uint16_t, std::string_view resource, const NodeId& writer) override {
    return resource != "forbidden" && !shut_out.contains(writer);
  }
  bool verify(const NodeId& writer, BytesView text, BytesView signature) override {
    verified.push_back(writer);
    return fake_signature(writer, text) == to_bytes(signature);
  }
};

[[nodiscard]] inline NodeId node_id(std::uint64_t number) {
  SeededRandom random(number);
  NodeId id;
  for (auto& octet : id.octets) octet = static_cast<std::uint8_t>(random.next());
  return id;
}

}  // namespace muster::test
