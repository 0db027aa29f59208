// SPDX-License-Identifier: Apache-2.0
#include "sip/header.hpp"
#include "sip/uri.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

void check_uri(std::string_view text) {
  const auto uri = sip::Uri::parse(text);
  if (!uri) return;
  (void)uri->ip_endpoint();
  (void)uri->user_text();
  (void)uri->aor();
  const auto again = sip::Uri::parse(uri->str());
  MUST(again);
  MUST(again->str() == uri->str());
  MUST(sip::equivalent(*uri, *again));
}

template <typename Value>
void check_value(std::string_view text) {
  const auto value = Value::parse(text);
  if (!value) return;
  const auto again = Value::parse(value->str());
  MUST(again);
  MUST(again->str() == value->str());
}

}  // namespace

/// What was read is written so that it is read as the same.
void run(BytesView input) {
  const std::string_view text = as_text(input);
  check_uri(text);
  check_value<sip::NameAddr>(text);
  check_value<sip::Via>(text);
  check_value<sip::CSeq>(text);
  (void)sip::parse_host_port(text);
  (void)sip::host_address(text);
  for (const auto piece : sip::split_list(text)) MUST(piece.size() <= text.size());
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> all;
  for (const char* text :
       {"sip:alice@drill.example",
        "sips:a%20b:pw@[2001:db8::1]:5061;transport=tcp;lr?Subject=x&a=b", "tel:+358-555-1234567",
        "\"Al \\\"x\\\" ice\" <sip:alice@10.0.0.1:5060;ob>;tag=1;q=0.5",
        "sip:drill.example;maddr=224.2.0.1;ttl=15",
        "SIP/2.0/UDP [2001:db8::1] : 5060;branch=z9hG4bKx;rport=4;received=10.0.0.1", "1 INVITE",
        "<sip:a@b>;x=\"1,2\", <sip:c@d>"}) {
    all.push_back(to_bytes(std::string_view{text}));
  }
  return all;
}

}  // namespace muster::fuzz
