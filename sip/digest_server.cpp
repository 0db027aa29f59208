// SPDX-License-Identifier: Apache-2.0
#include "sip/digest_server.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "sip/auth_value.hpp"
#include "sip/fingerprint.hpp"
#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

/// A nonce is 24 octets (time of issue in ns, serial, what it was asked for) and 16 of their HMAC,
/// in hexadecimal.
constexpr std::size_t nonce_body_digits = 48;
constexpr std::size_t nonce_request_octets = 8;
constexpr std::size_t nonce_mac_octets = 16;

struct Credentials {
  AuthValue value;
  std::string nonce;
  std::uint32_t count;
  DigestAlgorithm algorithm;
};

std::optional<std::uint32_t> nonce_count(const std::string& digits) {
  const auto octets = from_hex(digits);
  if (!octets || octets->size() != 4) return std::nullopt;
  return ByteReader(*octets).u32();
}

/// What every copy of one request has in common, if its CSeq number is `number`.
Bytes request_mark(const Message& request, std::uint32_t number) {
  const auto mark = from_hex(fingerprint(
      {request.call_id(), request.from().tag(), request.method(), std::to_string(number)}));
  return to_bytes(BytesView{*mark}.first(nonce_request_octets));
}

/// Nothing unless every part that RFC 7616 section 3.4 demands is there and speaks of this
/// request. A digest-uri may differ from the Request-URI in parameters and port: phones do that.
std::optional<Credentials> read_credentials(AuthValue value, const Message& request) {
  const auto algorithm = digest_algorithm(value.text("algorithm"));
  const auto count = nonce_count(value.text("nc"));
  const auto uri = Uri::parse(value.text("uri"));
  const bool complete = !value.text("username").empty() && !value.text("nonce").empty() &&
                        !value.text("response").empty() && !value.text("cnonce").empty() &&
                        same(value.text("qop"), "auth");
  if (!complete || !algorithm || !count || !uri || uri->aor() != request.request_uri().aor()) {
    return std::nullopt;
  }
  std::string nonce = value.text("nonce");
  return Credentials{std::move(value), std::move(nonce), *count, *algorithm};
}

constexpr std::string_view credentials_header(DigestRole role) {
  return role == DigestRole::registrar ? "Authorization" : "Proxy-Authorization";
}

bool answers(const Credentials& credentials, const DigestVerifier& verifier,
             const std::string& method) {
  const std::string& ha1 = ha1_of(verifier, credentials.algorithm);
  if (ha1.empty()) return false;
  const std::string uri = credentials.value.text("uri");
  const std::string count = credentials.value.text("nc");
  const std::string cnonce = credentials.value.text("cnonce");
  const std::string expected =
      digest_response(credentials.algorithm, ha1, {method, uri, credentials.nonce, count, cnonce});
  return same_secret(expected, lower(credentials.value.text("response")));
}

}  // namespace

DigestServer::DigestServer(std::string realm, ports::Random& random, Limits limits)
    : realm_(std::move(realm)), limits_(limits) {
  random.fill(key_);
}

std::string DigestServer::make_nonce(TimePoint now, const Message& request) {
  ByteWriter writer;
  writer.u64(static_cast<std::uint64_t>(now.time_since_epoch().count())).u64(next_serial_++);
  writer.raw(request_mark(request, request.cseq().number));
  const std::string body = to_hex(writer.view());
  return body + to_hex(BytesView{nonce_mac(key_, body)}.first(nonce_mac_octets));
}

/// Of a nonce of ours.
std::optional<Bytes> DigestServer::nonce_body(std::string_view nonce) const {
  if (nonce.size() != nonce_body_digits + 2 * nonce_mac_octets) return std::nullopt;
  const auto body = nonce.substr(0, nonce_body_digits);
  const auto mac = to_hex(BytesView{nonce_mac(key_, body)}.first(nonce_mac_octets));
  if (!same_secret(mac, nonce.substr(nonce_body_digits))) return std::nullopt;
  return from_hex(body);
}

std::optional<std::uint64_t> DigestServer::fresh_serial(TimePoint now,
                                                        std::string_view nonce) const {
  const auto body = nonce_body(nonce);
  if (!body) return std::nullopt;
  ByteReader reader(*body);
  const TimePoint issued{Duration{static_cast<Duration::rep>(reader.u64())}};
  const std::uint64_t serial = reader.u64();
  if (now - issued > limits_.nonce_age_max) return std::nullopt;
  if (serial <= forgotten_ && !counts_.contains(serial)) return std::nullopt;
  return serial;
}

bool DigestServer::use(std::uint64_t serial, std::uint32_t count) {
  Counts& counts = counts_[serial];
  const std::uint32_t ahead = count > counts.highest ? count - counts.highest : 0;
  const std::uint32_t behind = counts.highest - count;
  if (ahead > 0) {
    counts.seen = ahead < 64 ? counts.seen << ahead | 1 : 1;
    counts.highest = count;
  } else {
    if (count == 0 || behind >= 64 || (counts.seen >> behind & 1)) return false;
    counts.seen |= std::uint64_t{1} << behind;
  }
  while (counts_.size() > limits_.nonces_max) {
    forgotten_ = std::max(forgotten_, counts_.begin()->first);
    counts_.erase(counts_.begin());
  }
  return true;
}

Message DigestServer::challenge(TimePoint now, const Message& request, DigestRole role,
                                std::string_view to_tag, bool stale) {
  Message response = make_response(request, challenge_status(role), {}, to_tag);
  const std::string nonce = make_nonce(now, request);
  const bool md5_alone = reluctance_.wants_md5_alone(request);
  if (!md5_alone) reluctance_.offered_both(request);
  for (const auto algorithm : digest_algorithms) {
    if (md5_alone && algorithm != DigestAlgorithm::md5) continue;
    response.add(role == DigestRole::registrar ? "WWW-Authenticate" : "Proxy-Authenticate",
                 "Digest realm=" + quoted(realm_) + ", nonce=" + quoted(nonce) +
                     ", qop=\"auth\", algorithm=" + std::string{to_string(algorithm)} +
                     (stale ? ", stale=true" : ""));
  }
  return response;
}

DigestServer::Outcome DigestServer::verify(TimePoint now, const Message& request, DigestRole role,
                                           const FindVerifier& find) {
  for (const auto field : request.headers(credentials_header(role))) {
    auto value = AuthValue::parse(field);
    if (!value || !same(value->scheme, "Digest") || value->text("realm") != realm_) continue;
    std::string username = value->text("username");
    reluctance_.answered(request);
    const auto credentials = read_credentials(std::move(*value), request);
    if (!credentials) return {DigestVerdict::malformed, username};
    const auto verifier = find(username);
    if (!verifier || !answers(*credentials, *verifier, request.method())) {
      return {DigestVerdict::wrong, username};
    }
    const auto serial = fresh_serial(now, credentials->nonce);
    const bool usable = serial && use(*serial, credentials->count);
    return {usable ? DigestVerdict::accepted : DigestVerdict::stale, username};
  }
  return {};
}

bool DigestServer::repeats_challenged(const Message& request, DigestRole role) const {
  const std::uint32_t number = request.cseq().number;
  if (number == 0) return false;
  for (const auto field : request.headers(credentials_header(role))) {
    const auto value = AuthValue::parse(field);
    if (!value || value->text("realm") != realm_) continue;
    const auto body = nonce_body(value->text("nonce"));
    return body && std::ranges::equal(BytesView{*body}.last(nonce_request_octets),
                                      request_mark(request, number - 1));
  }
  return false;
}

}  // namespace muster::sip
