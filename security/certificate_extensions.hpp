// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/base/bytes.hpp"
#include "security/certificate.hpp"

/// The two private extensions of Muster certificates, as DER within the extension's OCTET STRING:
///
///   MusterNode  ::= SEQUENCE { nodeId OCTET STRING (SIZE(16)), x25519 OCTET STRING (SIZE(32)) }
///   MusterHomes ::= CHOICE { all NULL, nodes SEQUENCE SIZE (1..32) OF UTF8String }
namespace muster::security {

/// Under 2.25, the arc that needs no registration: the UUID ec6c8556-7a9d-40d2-8416-29aad9a32df5.
inline constexpr char node_extension_oid[] = "2.25.314261279478008447954751772836336184821.1";
inline constexpr char homes_extension_oid[] = "2.25.314261279478008447954751772836336184821.2";

struct NodeExtension {
  NodeId id;
  Key32 x25519{};
};
struct HomesExtension {
  bool all = false;
  std::vector<std::string> nodes;
};

[[nodiscard]] Bytes encode_node_extension(const NodeExtension& node);
[[nodiscard]] Bytes encode_homes_extension(const HomesExtension& homes);

/// Nothing unless `der` is exactly what the encoder would write for some valid value.
[[nodiscard]] std::optional<NodeExtension> decode_node_extension(BytesView der);
[[nodiscard]] std::optional<HomesExtension> decode_homes_extension(BytesView der);

}  // namespace muster::security
