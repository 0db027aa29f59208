// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/place_message.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

void run(BytesView input) {
  const auto message = overlay::parse_place_message(input);
  if (!message) return;
  const auto write = [](const auto& each) { return overlay::encode(each); };
  Bytes written = std::visit(write, *message);
  MUST(written.size() <= overlay::place_message_bytes_max);
  overlay::set_attempt(written, 9);
  overlay::set_sender_places(written);
  MUST(overlay::sender_places(written));
  MUST(overlay::is_look_up(written) == (message->index() < 2));
  const auto again = overlay::parse_place_message(written);
  MUST(again && again->index() == message->index());
  MUST(std::visit([](const auto& each) { return each.ask.attempt; }, *again) == 9);
}

std::vector<Bytes> seeds() {
  using namespace overlay;
  const Ask ask{77, 3};
  const Bytes body(40, 3);
  const Bytes signature(Record::signature_bytes, 4);
  return {
      encode(Fetch{ask, {Kind::sip_binding, Kind::prekey}, "alice@drill.example"}),
      encode(Found{ask, true, {{77, body, signature}}}),
      encode(Store{ask, {{1, body, signature}, {2, body, signature}}}),
      encode(Proposal{ask, {{7, {1, 2}, 9}}}),
      encode(Seek{ask, {Kind::sip_binding}, 8, {}}),
      encode(Sought{ask,
                    true,
                    false,
                    {{NodeId{}, {LinkId{}, LinkAddress::from_ip({{false, {10, 0, 0, 1}, 0}, 7})}}},
                    {{77, body, signature}}}),
      encode(
          Verdicts{ask, {Verdicts::Each::held, Verdicts::Each::wanted, Verdicts::Each::refused}})};
}

}  // namespace muster::fuzz
