// SPDX-License-Identifier: Apache-2.0
#include "sip/digest_reluctance.hpp"

#include <utility>

#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

/// One phone of one user.
std::string phone_of(const Message& request) {
  const auto via = request.via_top();
  return request.from().uri.aor() + ' ' + (via ? via->sent_by() : std::string{});
}

}  // namespace

bool is_baresip_before_sha256(std::string_view user_agent) {
  constexpr std::string_view name = "baresip v";
  constexpr std::pair<std::uint32_t, std::uint32_t> first_with_sha256{3, 12};
  if (!same(user_agent.substr(0, name.size()), name)) return false;
  Scanner scanner(user_agent.substr(name.size()));
  const auto major = scanner.number();
  if (!major || !scanner.take('.')) return false;
  const auto minor = scanner.number();
  return minor && std::pair{*major, *minor} < first_with_sha256;
}

bool DigestReluctance::wants_md5_alone(const Message& request) const {
  return is_baresip_before_sha256(request.header("User-Agent").value_or("")) ||
         unanswered_.contains(phone_of(request));
}

void DigestReluctance::offered_both(const Message& request) {
  // To forget them all costs each of them one more attempt at most.
  if (unanswered_.size() >= unanswered_max) unanswered_.clear();
  unanswered_.insert(phone_of(request));
}

void DigestReluctance::answered(const Message& request) { unanswered_.erase(phone_of(request)); }

}  // namespace muster::sip
