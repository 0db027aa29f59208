// SPDX-License-Identifier: Apache-2.0
#include "sip/request_checks.hpp"

#include <algorithm>

#include "sip/fingerprint.hpp"
#include "sip/scanner.hpp"

namespace muster::sip {

namespace {

constexpr unsigned max_forwards_default = 70;

std::string joined(const std::vector<std::string_view>& values) {
  std::string text;
  for (const auto value : values) text.append(text.empty() ? "" : ", ").append(value);
  return text;
}

bool loops(const EdgeNames& names, const Message& request) {
  const std::string mark = '.' + loop_fingerprint(request);
  const auto values = request.headers("Via");
  return std::any_of(values.begin(), values.end(), [&](std::string_view value) {
    const auto via = Via::parse(value);
    return via && names.is_own_via(*via) && via->branch().ends_with(mark);
  });
}

bool may_begin_dialog(const Message& request) {
  const std::string method = request.method();
  const bool creates = method == "INVITE" || method == "SUBSCRIBE" || method == "REFER";
  return creates && request.to().tag().empty();
}

/// Credentials for our realm are ours to check and nobody else's to see (RFC 3261 section 22.3).
void take_own_credentials(const EdgeNames& names, Message& request) {
  const std::string realm = "realm=\"" + names.domain() + '"';
  std::vector<std::string> others;
  for (const auto value : request.headers("Proxy-Authorization")) {
    if (lower(value).find(realm) == std::string::npos) others.emplace_back(value);
  }
  request.remove("Proxy-Authorization");
  for (auto& value : others) request.add("Proxy-Authorization", std::move(value));
}

}  // namespace

std::optional<Refusal> check_proxied(const EdgeNames& names, const Message& request) {
  if (!request.request_uri().is_sip()) return Refusal{416, {}, {}};
  if (request.max_forwards() == 0u) return Refusal{483, {}, {}};
  if (loops(names, request)) return Refusal{482, {}, {}};
  if (const auto wanted = request.headers("Proxy-Require"); !wanted.empty()) {
    return Refusal{420, {}, Header{"Unsupported", joined(wanted)}};
  }
  return std::nullopt;
}

std::optional<Refusal> check_answered_here(const Message& request) {
  const auto wanted = request.headers("Require");
  if (wanted.empty()) return std::nullopt;
  return Refusal{420, {}, Header{"Unsupported", joined(wanted)}};
}

void take_own_routes(const EdgeNames& names, Message& request) {
  // A strict router before us has put our Record-Route into the Request-URI and the true target
  // last into Route.
  auto routes = request.routes();
  if (!routes.empty() && names.is_self(request.request_uri()) &&
      request.request_uri().params.has("lr")) {
    request.set_request_uri(routes.back().uri);
    routes.pop_back();
    request.remove("Route");
    for (const auto& route : routes) request.add("Route", route.str());
  }
  while (!routes.empty() && names.is_self(routes.front().uri)) {
    request.remove_first("Route");
    routes.erase(routes.begin());
  }
}

Message forwarded(const EdgeNames& names, const Message& request, const Hop& from, const Hop& to,
                  const std::string& branch) {
  Message copy = request;
  copy.set("Max-Forwards",
           std::to_string(request.max_forwards().value_or(max_forwards_default + 1) - 1));
  take_own_credentials(names, copy);
  if (may_begin_dialog(request)) {
    // Twice where the two sides differ (RFC 5658): mesh and phone, or a phone of each transport.
    const std::string towards = names.record_route_for(to);
    const std::string backwards = names.record_route_for(from);
    if (towards != backwards) copy.prepend("Record-Route", backwards);
    copy.prepend("Record-Route", towards);
  }
  const std::string whole =
      std::string{branch_magic_cookie} + branch + '.' + loop_fingerprint(request);
  copy.prepend("Via", names.via_towards(to, whole).str());
  return copy;
}

}  // namespace muster::sip
