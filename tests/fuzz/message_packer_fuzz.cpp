// SPDX-License-Identifier: Apache-2.0
#include "core/wire/message_packer.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/sip_texts.hpp"

namespace muster::fuzz {

/// What is unpacked stays within its limit, and whatever is packed comes back.
void run(BytesView input) {
  constexpr std::size_t limit = 4096;
  if (const auto unpacked = wire::unpack(input, limit)) MUST(unpacked->size() <= limit);
  if (const auto packed = wire::pack(input)) {
    MUST(packed->size() < input.size());
    MUST(wire::is_packed(*packed));
    MUST(wire::unpack(*packed, input.size()) == to_bytes(input));
  }
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> all;
  for (const auto& message : sip_messages()) {
    all.push_back(message);
    if (const auto packed = wire::pack(message)) all.push_back(*packed);
  }
  return all;
}

}  // namespace muster::fuzz
