// SPDX-License-Identifier: Apache-2.0
#include "sip/call_media.hpp"

namespace muster::sip {

namespace {

/// Whose words these are: a request's its sender's, a response's the other's.
Leg speaker(const Call& call, const Message& message) {
  const bool callers_request = message.from().tag() == call.caller_tag;
  return callers_request == message.is_request() ? Leg::caller : Leg::callee;
}

}  // namespace

void CallMedia::pass(TimePoint now, const Hop& from, const Hop& to, const Call* call,
                     Message& message) {
  if (!call || message.body.empty() || message.content_type() != "application/sdp") return;
  const auto* from_phone = std::get_if<PhoneAddress>(&from);
  const auto* to_phone = std::get_if<PhoneAddress>(&to);
  const bool both_here = from_phone && to_phone;
  if (both_here &&
      from_phone->endpoint.address.is_loopback() == to_phone->endpoint.address.is_loopback())
    return;
  const MediaKey key = media_key(call->call_id);
  const Leg leg = speaker(*call, message);
  if (from_phone &&
      !anchor_.learn_from_phone(now, key, leg, from_phone->endpoint.address, message.body)) {
    ++not_anchored_;
  }
  if (both_here) anchor_.bridge(now, key);
  if (const auto* node = std::get_if<NodeId>(&to)) anchor_.set_peer(now, key, leg, *node);
  if (const auto* node = std::get_if<NodeId>(&from)) anchor_.set_peer(now, key, other(leg), *node);
  if (!to_phone) return;
  auto redirected = anchor_.anchor_towards_phone(now, key, other(leg), local_, message.body);
  if (redirected) {
    message.body = *std::move(redirected);
  } else {
    ++not_anchored_;
  }
}

}  // namespace muster::sip
