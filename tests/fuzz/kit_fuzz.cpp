// SPDX-License-Identifier: Apache-2.0
#include "security/kit.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/test_overlay.hpp"

namespace muster::fuzz {

/// A kit that is well formed can be looked at, written and read again, whether it makes sense or
/// not; only one that makes sense speaks for its node.
void run(BytesView input) {
  const auto kit = security::decode_kit(input);
  if (!kit) {
    MUST(!kit.error().sentence.empty());
    return;
  }
  const auto again = security::decode_kit(security::encode_kit(*kit));
  MUST(again);
  MUST(again->roster == kit->roster);
  const bool sensible = security::check_kit(*kit).has_value();
  const auto trusted = security::trust_store_of(*kit);
  if (sensible) MUST(trusted.usable() && trusted.node(kit->node_name));
}

std::vector<Bytes> seeds() {
  const test::TestOverlay overlay(2);
  security::Kit bare = overlay.kits[0];
  bare.roster.clear();
  bare.home_users.clear();
  return {security::encode_kit(overlay.kits[0]), security::encode_kit(bare)};
}

}  // namespace muster::fuzz
