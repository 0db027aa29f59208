// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "security/certificate.hpp"
#include "security/trust_store.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/security/pki_fixture.hpp"

namespace muster::fuzz {
namespace {

const test::TestAuthority& authority() {
  static const test::TestAuthority one;
  return one;
}

/// `der` with its last 64 octets replaced by the root's signature over what stands before, where
/// certificates of this profile have it: as if the authority had signed nonsense.
Bytes signed_by_root(Bytes der) {
  constexpr std::size_t head = 4, tail = 7 + 3 + 64;
  if (der.size() <= head + tail) return der;
  const BytesView tbs = BytesView{der}.subspan(head, der.size() - head - tail);
  const auto signature = security::ed25519_sign(authority().issuer().root_private, tbs);
  std::copy(signature.begin(), signature.end(), der.end() - 64);
  return der;
}

void show(const Bytes& der) {
  const auto certificate = security::read_certificate(der);
  if (!certificate) MUST(!certificate.error().sentence.empty());
  security::TrustStore store(authority().root(), authority().overlay());
  const auto added = store.add(der);
  if (added) MUST(certificate);
  if (!added) MUST(store.nodes().empty() && store.users().empty());
}

}  // namespace

/// Whatever the octets are, they are a certificate of this profile or they are refused, signed or
/// not; nobody becomes known by what was refused.
void run(BytesView input) {
  show(to_bytes(input));
  show(signed_by_root(to_bytes(input)));
  (void)security::TrustStore(input, "drill.example").usable();
}

std::vector<Bytes> seeds() {
  test::TestAuthority one;
  return {one.root(), one.node("host-1").der, one.user("alice", {"host-1", "host-2"}).der,
          one.user("bob").der};
}

}  // namespace muster::fuzz
