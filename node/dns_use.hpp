// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string_view>

#include "discovery/special_use_domain.hpp"
#include "node/settings.hpp"

namespace muster::node {

/// Whether a node so configured asks the DNS for others of `overlay`: their addresses are told over
/// IP, and to whoever is there.
[[nodiscard]] inline bool asks_dns(const Settings& settings, std::string_view overlay) {
  const bool any_ip = std::ranges::any_of(
      settings.links, [](const LinkSettings& link) { return link.kind == LinkKind::udp; });
  return any_ip && (settings.dns == DnsUse::on ||
                    (settings.dns == DnsUse::automatic && discovery::dns_may_know(overlay)));
}

}  // namespace muster::node
