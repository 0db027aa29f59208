// SPDX-License-Identifier: Apache-2.0
#include "sip/fingerprint.hpp"

#include <array>
#include <cstdlib>

#include <openssl/evp.h>

#include "core/base/byte_writer.hpp"
#include "core/base/bytes.hpp"

namespace muster::sip {

std::string fingerprint(std::initializer_list<std::string_view> fields) {
  ByteWriter writer;
  for (const auto field : fields) {
    writer.u32(static_cast<std::uint32_t>(field.size())).raw(as_bytes(field));
  }
  std::array<std::uint8_t, 32> digest{};
  unsigned size = 0;
  // Fails only if OpenSSL itself is broken; then nothing can go on safely.
  if (EVP_Digest(writer.view().data(), writer.size(), digest.data(), &size, EVP_sha256(),
                 nullptr) != 1) {
    std::abort();
  }
  return to_hex(digest);
}

std::string message_identity(const EdgeNames& names, const Message& request) {
  const NameAddr from = request.from();
  return fingerprint({request.call_id(), request.cseq().str(), from.tag(), names.aor_of(from.uri),
                      names.aor_of(request.to().uri)})
      .substr(0, 32);
}

std::string loop_fingerprint(const Message& request) {
  std::string routes;
  for (const auto route : request.headers("Route")) routes.append(route).append(",");
  return fingerprint({request.request_uri().str(), request.from().tag(), request.to().tag(),
                      request.call_id(), request.cseq().str(), routes,
                      request.header("Proxy-Require").value_or("")})
      .substr(0, 8);
}

}  // namespace muster::sip
