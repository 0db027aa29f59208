// SPDX-License-Identifier: Apache-2.0
#include "node/direct_datagrams.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::fuzz {
namespace {

constexpr std::size_t datagram_bytes_max = 1152;
constexpr TimePoint now{std::chrono::hours{1}};

}  // namespace

/// Noise is refused; what was sealed comes out as it went in, and not when an octet was changed.
void run(BytesView input) {
  test::SeededTestRandom random{1};
  const security::Key32 overlay{7};
  node::DirectDatagrams alice(NodeId{{1}}, overlay, random);
  node::DirectDatagrams bob(NodeId{{2}}, overlay, random);
  MUST(!bob.open(input));
  auto sealed = alice.seal(now, input, false, datagram_bytes_max);
  if (!sealed) return;
  MUST(sealed->size() <= datagram_bytes_max);
  const auto opened = bob.open(*sealed);
  MUST(opened.has_value() == !input.empty());
  if (opened) MUST(std::ranges::equal(opened->message, input));
  const std::size_t place = input.empty() ? 0 : input[0] % sealed->size();
  (*sealed)[place] = static_cast<std::uint8_t>((*sealed)[place] ^ 1U);
  MUST(!bob.open(*sealed));
}

std::vector<Bytes> seeds() { return {Bytes(20, 7), Bytes(1074, 1)}; }

}  // namespace muster::fuzz
