// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/record.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

/// A body that was read says exactly what a writer of the same content would sign.
void run(BytesView input) {
  using overlay::Record;
  if (const auto key = overlay::RecordKey::decode(input)) MUST(key->encode() == to_bytes(input));
  const Bytes signature(Record::signature_bytes, 1);
  const auto record = Record::parse(input, signature);
  if (!record) {
    (void)to_string(record.error());
    return;
  }
  const auto body = Record::encode_body({record->key(), record->version(), record->lifetime(),
                                         record->deleted(), to_bytes(record->value())});
  MUST(body && *body == to_bytes(input));
}

std::vector<Bytes> seeds() {
  using namespace overlay;
  NodeId writer;
  writer.octets.fill(6);
  const RecordKey key{Kind::sip_binding, "sip:alice@drill.example", writer};
  return {*Record::encode_body({key, {1, 2}, std::chrono::seconds{600}, false, Bytes(9, 5)}),
          *Record::encode_body({key, {1, 3}, std::chrono::seconds{600}, true, {}}), key.encode()};
}

}  // namespace muster::fuzz
