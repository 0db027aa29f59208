// SPDX-License-Identifier: Apache-2.0
#include "node/service_tag.hpp"

namespace muster::node {
namespace {

constexpr std::size_t tag_octets = 8;

}  // namespace

discovery::ServiceTable::TagOf service_tag_of(const security::Key32& discovery_key) {
  const auto key = security::hmac_sha256(discovery_key, as_bytes("muster service 1"));
  return [key](std::string_view instance) {
    const auto tag = security::hmac_sha256(key, as_bytes(instance));
    return to_hex(BytesView{tag}.first(tag_octets));
  };
}

}  // namespace muster::node
