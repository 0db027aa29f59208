// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "sip/message.hpp"

namespace muster::sip {

/// One side's view of a dialog (RFC 3261 section 12). Only loose routes are followed: a route set
/// whose first proxy lacks `lr` is used as if it had it.
struct AgentDialog {
  std::string call_id;
  std::string local;   ///< our From value, with tag
  std::string remote;  ///< our To value, with tag
  Uri target;
  std::vector<std::string> routes;  ///< the nearest first

  [[nodiscard]] static AgentDialog of_caller(const Message& invite, const Message& success);
  [[nodiscard]] static AgentDialog of_called(const Message& invite, const Message& success);

  /// A request inside the dialog, still without Via.
  [[nodiscard]] Message request(const std::string& method, std::uint32_t cseq) const;
  /// The other side's `request` belongs to this dialog.
  [[nodiscard]] bool has(const Message& request) const;
  /// Where its requests go: the first route or the target; nothing if that is a name.
  [[nodiscard]] std::optional<IpEndpoint> next_hop() const;
};

}  // namespace muster::sip
