// SPDX-License-Identifier: Apache-2.0
#include "sip/parser.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/sip_texts.hpp"

namespace muster::fuzz {
namespace {

void look_at_everything(const sip::Message& message) {
  (void)message.method();
  for (const auto& header : message.headers()) (void)message.headers(header.name);
  (void)message.contact_is_wildcard();
  (void)message.routes();
  (void)message.record_routes();
  (void)message.max_forwards();
  (void)message.expires();
  (void)message.content_type();
  MUST(message.via_top());
  (void)message.via_top()->sent_by();
  (void)message.via_top()->received();
  (void)message.via_top()->rport();
  for (const auto& contact : message.contacts()) (void)contact.str();
  (void)message.from().uri.aor();
}

}  // namespace

/// What was parsed is written so that it is parsed as the same.
void run(BytesView input) {
  const auto message = sip::parse(input);
  if (!message) {
    (void)message.error().sentence();
    if (message.error().response) (void)message.error().response->serialise();
    return;
  }
  look_at_everything(*message);
  const Bytes written = message->serialise();
  const auto again = sip::parse(written);
  MUST(again);
  MUST(again->serialise() == written);
  MUST(again->headers().size() >= message->headers().size());
  MUST(again->body == message->body);
  if (message->is_request()) {
    MUST(sip::parse(sip::make_response(*message, 200, {}, "tag").serialise()));
  }
}

std::vector<Bytes> seeds() { return sip_messages(); }

}  // namespace muster::fuzz
