// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/sync_message.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

void run(BytesView input) {
  const auto message = overlay::parse_sync_message(input);
  if (!message) return;
  const Bytes written =
      std::visit([](const auto& each) { return overlay::encode(each); }, *message);
  MUST(written.size() <= overlay::sync_message_bytes_max);
  const auto again = overlay::parse_sync_message(written);
  MUST(again && again->index() == message->index());
  MUST(std::visit([](const auto& each) { return overlay::encode(each); }, *again) == written);
}

std::vector<Bytes> seeds() {
  using namespace overlay;
  const Bytes body(40, 3);
  const Bytes signature(Record::signature_bytes, 4);
  Decline decline;
  decline.items.push_back({Decline::Reason::expired, 9, {3, 4}});
  const Sketched sketched{Part::everybodys, sketch_of({1, 2, 3}, 7, 4)};
  return {encode(sketched),
          encode(Differing{Part::whole, {1, 2}, {{7, {1, 2}, 9}}}),
          encode(Summary{Summary::Purpose::ask, {}}),
          encode(Buckets{}),
          encode(Listing{true, 5, ~KeyHash{0}, {{7, {1, 2}, 9}}}),
          encode(Offer{{{7, {1, 2}, 9}}}),
          encode(Want{{1, 2}}),
          encode(Records{{{77, body, signature}}}),
          encode(decline)};
}

}  // namespace muster::fuzz
