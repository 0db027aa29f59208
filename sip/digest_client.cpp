// SPDX-License-Identifier: Apache-2.0
#include "sip/digest_client.hpp"

#include <array>
#include <set>

#include "core/base/byte_writer.hpp"
#include "sip/auth_value.hpp"
#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

/// qop="auth,auth-int" offers auth.
bool offers_auth(const std::string& qop) {
  for (const auto one : split_list(qop)) {
    if (same(one, "auth")) return true;
  }
  return false;
}

}  // namespace

bool DigestClient::learn(const Message& response, std::string_view header, ByRealm& known) {
  std::set<std::string> answered;
  bool progress = false;
  for (const auto field : response.headers(header)) {
    const auto value = AuthValue::parse(field);
    if (!value || !same(value->scheme, "Digest") || !value->params.has("nonce")) continue;
    const auto algorithm = digest_algorithm(value->text("algorithm"));
    const std::string realm = value->text("realm");
    // The first that can be answered is the one the server prefers (RFC 8760 section 2.4).
    if (!algorithm || !offers_auth(value->text("qop")) || !answered.insert(realm).second) continue;
    const auto old = known.find(realm);
    const bool refused = old != known.end() && old->second.count > 0;
    if (old == known.end() && known.size() == realms_max) continue;
    progress |= !refused || same(value->text("stale"), "true");
    Challenge challenge{realm, value->text("nonce"), std::nullopt, *algorithm, 0};
    if (const auto opaque = value->params.find("opaque")) challenge.opaque = *opaque;
    known[realm] = std::move(challenge);
  }
  return progress;
}

bool DigestClient::receive(const Message& response) {
  if (response.status() == 401) return learn(response, "WWW-Authenticate", servers_);
  if (response.status() == 407) return learn(response, "Proxy-Authenticate", proxies_);
  return false;
}

void DigestClient::authorise(Message& request) {
  request.remove("Authorization");
  request.remove("Proxy-Authorization");
  for (auto& [realm, challenge] : servers_) {
    request.add("Authorization", credentials(request, challenge));
  }
  for (auto& [realm, challenge] : proxies_) {
    request.add("Proxy-Authorization", credentials(request, challenge));
  }
}

std::string DigestClient::credentials(const Message& request, Challenge& challenge) {
  std::array<std::uint8_t, 16> chance{};
  random_->fill(chance);
  const std::string cnonce = to_hex(chance);
  ByteWriter count;
  count.u32(++challenge.count);
  const std::string nc = to_hex(count.view());
  const std::string uri = request.request_uri().str();
  const auto verifier = verifier_.value_or(digest_verifier(username_, challenge.realm, password_));
  const std::string response =
      digest_response(challenge.algorithm, ha1_of(verifier, challenge.algorithm),
                      {request.method(), uri, challenge.nonce, nc, cnonce});
  std::string value = "Digest username=" + quoted(username_) +
                      ", realm=" + quoted(challenge.realm) + ", nonce=" + quoted(challenge.nonce) +
                      ", uri=" + quoted(uri) + ", response=" + quoted(response) +
                      ", algorithm=" + std::string{to_string(challenge.algorithm)} +
                      ", cnonce=" + quoted(cnonce) + ", qop=auth, nc=" + nc;
  if (challenge.opaque) value += ", opaque=" + quoted(*challenge.opaque);
  return value;
}

}  // namespace muster::sip
