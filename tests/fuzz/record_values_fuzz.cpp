// SPDX-License-Identifier: Apache-2.0
#include "core/wire/delegation_record.hpp"
#include "core/wire/node_record.hpp"
#include "core/wire/prekey_record.hpp"
#include "core/wire/service_record.hpp"
#include "core/wire/sip_binding_record.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

/// What was read is written so that it is read as the same.
void run(BytesView input) {
  if (const auto record = wire::parse_node_record(input)) {
    MUST(wire::parse_node_record(wire::encode(*record)) == *record);
  }
  if (const auto record = wire::parse_prekey_record(input)) {
    MUST(wire::parse_prekey_record(wire::encode(*record)) == *record);
  }
  if (const auto record = wire::parse_delegation_record(input)) {
    MUST(wire::parse_delegation_record(wire::encode(*record)) == *record);
  }
  if (const auto record = wire::parse_service_record(input)) {
    MUST(wire::parse_service_record(wire::encode(*record)) == *record);
  }
  if (const auto record = wire::parse_sip_binding_record(input)) {
    MUST(wire::parse_sip_binding_record(wire::encode(*record)) == *record);
  }
}

std::vector<Bytes> seeds() {
  return {
      wire::encode(wire::NodeRecord{"host-1", "muster 0.1"}),
      wire::encode(wire::NodeRecord{"host-1", "muster 0.1", 1, {Bytes(16, 1)}, {NodeId{}}}),
      wire::encode(wire::PrekeyRecord{7, {1, 2, 3}, {}}),
      wire::encode(wire::ServiceRecord{"at the hill"}),
      wire::encode(wire::ServiceRecord{"am H\xc3\xbcgel"}),
      wire::encode(wire::DelegationRecord{{{NodeId{}, std::chrono::seconds{5}}}}),
      wire::encode(wire::SipBindingRecord{
          "sip:alice@drill.example", 3, {{1000, std::chrono::seconds{600}}, {500, {}}}, 1, {}})};
}

}  // namespace muster::fuzz
