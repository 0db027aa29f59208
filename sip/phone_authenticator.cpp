// SPDX-License-Identifier: Apache-2.0
#include "sip/phone_authenticator.hpp"

namespace muster::sip {

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
  if (verdict == DigestVerdict::accepted) return std::nullopt;
  return digest_.challenge(now, request, question.role, question.to_tag,
                           verdict == DigestVerdict::stale);
}

}  // namespace muster::sip
