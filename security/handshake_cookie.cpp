// SPDX-License-Identifier: Apache-2.0
#include "security/handshake_cookie.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "security/datagram_type.hpp"

namespace muster::security {
namespace {

constexpr auto reply_type = static_cast<std::uint8_t>(DatagramType::cookie);
constexpr auto cookied_type = static_cast<std::uint8_t>(DatagramType::cookied);
constexpr std::size_t reply_header_bytes = 1 + 4;

std::array<std::uint8_t, 16> first_half(const Digest32& digest) {
  std::array<std::uint8_t, 16> half{};
  std::copy_n(digest.begin(), half.size(), half.begin());
  return half;
}

}  // namespace

HandshakeTag handshake_tag(BytesView datagram) {
  HandshakeTag tag{};
  const BytesView last = datagram.last(tag.size());
  std::copy(last.begin(), last.end(), tag.begin());
  return tag;
}

CookieSeal::CookieSeal(const Key32& discovery_key) {
  Digest32 pseudo_random_key = hkdf_extract({}, discovery_key);
  Bytes output = hkdf_expand(pseudo_random_key, as_bytes("muster cookie 1"), 32);
  std::copy(output.begin(), output.end(), key_.octets.begin());
  cleanse(output);
  cleanse(pseudo_random_key);
}

Bytes CookieSeal::seal(std::uint32_t receiver, const HandshakeTag& answered, const Cookie& cookie,
                       ports::Random& random) const {
  Nonce12 nonce{};
  random.fill(nonce);
  const Digest32 key = hmac_sha256(key_.octets, answered);
  ByteWriter reply;
  reply.u8(reply_type).u32(receiver);
  const Bytes sealed = aead_seal(key, nonce, reply.view(), cookie);
  return reply.raw(nonce).raw(sealed).take();
}

std::optional<Cookie> CookieSeal::open(BytesView reply, const HandshakeTag& answered) const {
  if (reply.size() != reply_bytes || reply[0] != reply_type) return std::nullopt;
  ByteReader reader(reply.subspan(reply_header_bytes));
  Nonce12 nonce{};
  const BytesView sent = reader.raw(nonce.size());
  std::copy(sent.begin(), sent.end(), nonce.begin());
  const Digest32 key = hmac_sha256(key_.octets, answered);
  const auto opened = aead_open(key, nonce, reply.first(reply_header_bytes), reader.remainder());
  if (!opened) return std::nullopt;
  Cookie cookie{};
  std::copy(opened->begin(), opened->end(), cookie.begin());
  return cookie;
}

std::optional<std::uint32_t> CookieSeal::receiver(BytesView reply) {
  if (reply.size() != reply_bytes) return std::nullopt;
  return ByteReader(reply.subspan(1)).u32();
}

Bytes CookiedDatagram::encode(const Cookie& cookie, BytesView datagram) {
  ByteWriter writer;
  writer.u8(cookied_type).raw(first_half(hmac_sha256(cookie, datagram)));
  return writer.raw(datagram).take();
}

std::optional<CookiedDatagram> CookiedDatagram::decode(BytesView whole) {
  if (whole.size() <= overhead_bytes || whole[0] != cookied_type) return std::nullopt;
  CookiedDatagram cookied;
  const BytesView proof = whole.subspan(1, cookied.proof.size());
  std::copy(proof.begin(), proof.end(), cookied.proof.begin());
  cookied.datagram = whole.subspan(overhead_bytes);
  return cookied;
}

bool CookiedDatagram::proves(const Cookie& cookie) const {
  return equal_in_constant_time(first_half(hmac_sha256(cookie, datagram)), proof);
}

void CookieMaker::renew(TimePoint now) {
  if (current_ && now < made_ + secret_life) return;
  former_ = current_ && now < made_ + 2 * secret_life ? current_ : std::nullopt;
  current_.emplace();
  random_.fill(current_->octets);
  made_ = now;
}

Cookie CookieMaker::bake(const Secret32& secret, const LinkPath& path) {
  ByteWriter address;
  address.u16(path.link.number).raw(path.address.octets);
  return first_half(hmac_sha256(secret.octets, address.view()));
}

Cookie CookieMaker::make(TimePoint now, const LinkPath& path) {
  renew(now);
  return bake(*current_, path);
}

bool CookieMaker::proven(TimePoint now, const LinkPath& path, const CookiedDatagram& datagram) {
  renew(now);
  return datagram.proves(bake(*current_, path)) ||
         (former_ && datagram.proves(bake(*former_, path)));
}

bool CookieJar::put(TimePoint now, const LinkPath& path, const Cookie& cookie) {
  const auto held = held_.find(path);
  if (held != held_.end() && held->second.cookie == cookie) return false;
  if (held == held_.end() && held_.size() >= cookies_max) {
    held_.erase(
        std::ranges::min_element(held_, {}, [](const auto& each) { return each.second.since; }));
  }
  held_.insert_or_assign(path, Held{cookie, now});
  return true;
}

std::optional<Cookie> CookieJar::find(TimePoint now, const LinkPath& path) const {
  const auto held = held_.find(path);
  if (held == held_.end() || now >= held->second.since + cookie_life) return std::nullopt;
  return held->second.cookie;
}

}  // namespace muster::security
