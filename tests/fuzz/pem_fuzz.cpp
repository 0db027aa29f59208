// SPDX-License-Identifier: Apache-2.0
#include "security/pem.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

/// Blocks that were read are written so that they are read as the same.
void run(BytesView input) {
  using namespace security;
  const auto blocks = decode_pem(as_text(input));
  if (!blocks) return;
  const auto again = decode_pem(encode_pem(*blocks));
  MUST(again && again->size() == blocks->size());
  for (std::size_t i = 0; i < blocks->size(); ++i) {
    MUST((*again)[i].label == (*blocks)[i].label);
    MUST((*again)[i].contents == (*blocks)[i].contents);
    for (const auto kind : {PrivateKeyKind::ed25519, PrivateKeyKind::x25519}) {
      if (const auto key = private_key_of(kind, (*blocks)[i].contents)) {
        MUST(private_key_of(kind, private_key_block(kind, *key).contents) == key);
      }
    }
  }
}

std::vector<Bytes> seeds() {
  using namespace security;
  const auto file = encode_pem({private_key_block(PrivateKeyKind::ed25519, Key32{1}),
                                private_key_block(PrivateKeyKind::x25519, Key32{2}),
                                {std::string{pem_certificate}, Bytes(90, 5)}});
  return {to_bytes(file), to_bytes("some text\n" + file.substr(0, 60))};
}

}  // namespace muster::fuzz
