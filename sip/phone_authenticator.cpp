// SPDX-License-Identifier: Apache-2.0
#include "sip/phone_authenticator.hpp"

namespace muster::sip {

std::optional<Message> PhoneAuthenticator::check(TimePoint now, const Message& request,
                                                 DigestRole role, const std::string& user,
                                                 std::string_view to_tag) {
  if (!credentials_.home_here(user)) {
    return make_response(request, 403, "This Node Is No Home Node Of That User", to_tag);
  }
  const auto outcome = digest_.verify(now, request, role, [&](std::string_view claimed) {
    return claimed == user ? credentials_.find(user) : std::nullopt;
  });
  switch (outcome.verdict) {
    case DigestVerdict::accepted:
      return std::nullopt;
    case DigestVerdict::malformed:
      return make_response(request, 400, "Malformed Credentials", to_tag);
    case DigestVerdict::stale:
      return digest_.challenge(now, request, role, to_tag, true);
    case DigestVerdict::missing:
    case DigestVerdict::wrong:
      break;
  }
  return digest_.challenge(now, request, role, to_tag);
}

}  // namespace muster::sip
