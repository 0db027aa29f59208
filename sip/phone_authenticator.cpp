// SPDX-License-Identifier: Apache-2.0
#include "sip/phone_authenticator.hpp"

#include <algorithm>

namespace muster::sip {

namespace {

/// baresip 2 had libre 2.0 to 2.8 as well.
bool knows_only_md5(const Message& request) {
  const std::string_view agent = request.header("User-Agent").value_or("");
  return agent.starts_with("baresip v0.") || agent.starts_with("baresip v1.") ||
         agent.starts_with("baresip v2.");
}

/// The challenge without its offer of SHA-256.
Message md5_alone(const Message& challenge) {
  Message reduced = challenge;
  for (const auto* name : {"WWW-Authenticate", "Proxy-Authenticate"}) {
    reduced.remove(name);
    for (const auto& field : challenge.headers()) {
      const bool md5 = field.value.find("algorithm=MD5") != std::string::npos;
      if (same_header(field.name, name) && md5) reduced.add(name, field.value);
    }
  }
  return reduced;
}

}  // namespace

std::optional<Message> PhoneAuthenticator::check(TimePoint now, const Message& request,
                                                 const Question& question) {
  if (!credentials_.home_here(question.user)) {
    return make_response(request, 403, "This Node Is No Home Node Of That User", question.to_tag);
  }
  const auto find = [&](std::string_view claimed) {
    return claimed == question.user ? credentials_.find(question.user) : std::nullopt;
  };
  const DigestVerdict verdict = digest_.verify(now, request, question.role, find).verdict;
  if (verdict == DigestVerdict::malformed) {
    return make_response(request, 400, "Malformed Credentials", question.to_tag);
  }
  if (verdict != DigestVerdict::accepted) return challenge(now, request, question, verdict);
  std::erase(offered_both_, question.from);
  return std::nullopt;
}

Message PhoneAuthenticator::challenge(TimePoint now, const Message& request,
                                      const Question& question, DigestVerdict why) {
  const bool stale = why == DigestVerdict::stale;
  Message both = digest_.challenge(now, request, question.role, question.to_tag, stale);
  if (knows_only_md5(request) || is_puzzled(question.from, why)) return md5_alone(both);
  return both;
}

bool PhoneAuthenticator::is_puzzled(const IpEndpoint& from, DigestVerdict why) {
  if (why != DigestVerdict::missing) {
    std::erase(offered_both_, from);  // it has answered, if not well
    return false;
  }
  if (std::find(offered_both_.begin(), offered_both_.end(), from) != offered_both_.end()) {
    return true;
  }
  if (offered_both_.size() >= puzzled_max) offered_both_.pop_front();
  offered_both_.push_back(from);
  return false;
}

}  // namespace muster::sip
