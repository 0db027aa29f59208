// SPDX-License-Identifier: Apache-2.0
#include "node/post_message.hpp"
#include "security/sealed_message.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::fuzz {
namespace {

using namespace security;

constexpr std::string_view alice = "alice@drill.example";
constexpr std::string_view dave = "dave@drill.example";
const Key32 signing_key{1};
const Secret32 prekey{Key32{2}};

/// Everybody's certificate is alice's.
class OneSender final : public MessageSenders {
 public:
  std::optional<MessageSender> sender(const CertificateRef&) const override {
    return MessageSender{std::string{alice}, ed25519_public(signing_key)};
  }
};

Bytes sealed(BytesView body) {
  test::SeededTestRandom random(1);
  const Key32 public_prekey = x25519_public(prekey.octets);
  const MessageSigner signer{std::string{alice}, {}, Secret32{signing_key}};
  const auto message = seal_message(signer, dave, {&public_prekey, 1}, body, random);
  MUST(message);
  return *message;
}

/// A message that was damaged anywhere does not open; whole it says what was sealed.
void damage(BytesView input) {
  if (input.size() < 4) return;
  const BytesView body = input.subspan(3);
  Bytes message = sealed(body);
  const auto opened = open_message(message, dave, {&prekey, 1}, OneSender{});
  MUST(opened && opened->sender == alice && opened->body == to_bytes(body));
  MUST(!open_message(message, alice, {&prekey, 1}, OneSender{}));
  const std::size_t at = (std::size_t{input[0]} << 8 | input[1]) % message.size();
  if (input[2] == 0) return;
  message[at] ^= input[2];
  MUST(!open_message(message, dave, {&prekey, 1}, OneSender{}));
}

}  // namespace

void run(BytesView input) {
  (void)may_be_for(input, dave);
  const auto opened = open_message(input, dave, {&prekey, 1}, OneSender{});
  if (!opened) MUST(!to_string(opened.error()).empty());
  (void)node::is_post_message(input);
  if (const auto message = node::decode_post_message(input)) {
    MUST(node::is_post_message(input));
    MUST(node::encode(*message) == to_bytes(input));
  }
  damage(input);
}

std::vector<Bytes> seeds() {
  const Bytes message = sealed(as_bytes("in position"));
  return {message,
          node::encode(node::PostedMessage{message}),
          node::encode(node::Receipt{}),
          node::encode(node::SealAgain{}),
          node::encode(node::NotNow{{}, 480}),
          node::encode(node::SignPrekey{{}, "a@b"}),
          node::encode(node::PrekeySigned{{}, "a@b"})};
}

}  // namespace muster::fuzz
