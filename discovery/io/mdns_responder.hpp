// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "discovery/service_table.hpp"

namespace muster::discovery {

/// A service of ours, to be published on one interface.
struct PublishedService {
  LinkId link;
  int interface_index = 0;
  std::string interface;
  std::string instance;
  std::uint16_t port = 0;
  std::vector<std::string> txt;
  std::vector<IpAddress> addresses;
};

/// Publishes our services and browses for others on the same interfaces, from its making until its
/// end. Lives on one thread; its events come from within the loop it was made on, and perhaps from
/// within its making.
class MdnsResponder {
 public:
  struct Events {
    std::function<void(const ServiceKey&)> appeared;
    std::function<void(const ServiceKey&)> gone;
    std::function<void(const ServiceKey&, const ServiceTable::Resolved&)> resolved;
    std::function<void()> published;
    /// It cannot go on and is to be ended, but not from within this call. May come repeatedly.
    std::function<void(const std::string& why)> failed;
  };

  virtual ~MdnsResponder() = default;
  /// Asks where a service that has appeared is; no answer is no event.
  virtual void resolve(const ServiceKey& service) = 0;
};

}  // namespace muster::discovery
