// SPDX-License-Identifier: Apache-2.0
#include "sip/auth_value.hpp"
#include "sip/digest_server.hpp"
#include "sip/parser.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/sip_texts.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::fuzz {

/// A header that nobody with the password made is never accepted.
void run(BytesView input) {
  const std::string text{as_text(input)};
  if (const auto value = sip::AuthValue::parse(text)) {
    MUST(value->params.list.size() <= sip::AuthValue::params_max);
    (void)sip::digest_algorithm(value->text("algorithm"));
  }
  if (text.find_first_of("\r\n") != std::string::npos) return;
  test::SeededTestRandom random(1);
  sip::DigestServer server("drill.example", random);
  auto request = sip::parse(as_bytes(sip_request("REGISTER", "sip:drill.example")));
  MUST(request);
  request->set("Authorization", text);
  const TimePoint now{std::chrono::seconds{1}};
  (void)server.challenge(now, *request, sip::DigestRole::registrar, "t").serialise();
  const auto outcome =
      server.verify(now, *request, sip::DigestRole::registrar, [](std::string_view user) {
        return std::optional{sip::digest_verifier(user, "drill.example", "secret")};
      });
  MUST(outcome.verdict != sip::DigestVerdict::accepted);
}

std::vector<Bytes> seeds() {
  return {to_bytes(std::string_view{
              "Digest username=\"alice\", realm=\"drill.example\", nonce=\"abc\", "
              "uri=\"sip:drill.example\", response=\"0123456789abcdef0123456789abcdef\", "
              "algorithm=MD5, qop=auth, nc=00000001, cnonce=\"0a4f113b\", opaque=\"\""}),
          to_bytes(std::string_view{"Digest realm=\"a\\\"b\",algorithm=SHA-256,qop=\"auth,auth-int"
                                    "\",stale=TRUE,domain=\"sip:x\""}),
          to_bytes(std::string_view{"Basic dTpw"})};
}

}  // namespace muster::fuzz
