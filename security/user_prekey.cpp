// SPDX-License-Identifier: Apache-2.0
#include "security/user_prekey.hpp"

#include "core/base/byte_writer.hpp"

namespace muster::security {
namespace {

Bytes signed_octets(std::string_view aor, const NodeId& node, const Prekey& prekey) {
  ByteWriter text;
  text.raw(as_bytes("muster user prekey 1\n")).block16(as_bytes(aor)).raw(node.view());
  return text.u32(prekey.id).raw(prekey.public_key).take();
}

}  // namespace

UserPrekey sign_user_prekey(const Key32& user_private, std::string_view aor, const NodeId& node,
                            const Prekey& prekey) {
  return {prekey, ed25519_sign(user_private, signed_octets(aor, node, prekey))};
}

bool verify_user_prekey(const Key32& user_public, std::string_view aor, const NodeId& node,
                        const UserPrekey& prekey) {
  return ed25519_verify(user_public, signed_octets(aor, node, prekey.prekey),
                        prekey.user_signature);
}

}  // namespace muster::security
