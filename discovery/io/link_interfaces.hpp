// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "discovery/local_network.hpp"

namespace muster::discovery {

/// A link of the node and the network interface it is on.
struct ConfiguredLink {
  LinkId link;
  std::string interface;
  std::uint16_t port = 0;
};

/// A configured link whose interface is there and has an address.
struct LinkInterface {
  ConfiguredLink configured;
  int index = 0;
  std::vector<LocalNetwork> networks;  ///< in the order of addresses
  friend bool operator==(const LinkInterface& a, const LinkInterface& b) {
    return a.configured.link == b.configured.link && a.index == b.index && a.networks == b.networks;
  }
};

/// How the links' interfaces are at this moment.
[[nodiscard]] std::vector<LinkInterface> read_link_interfaces(
    const std::vector<ConfiguredLink>& links);

}  // namespace muster::discovery
