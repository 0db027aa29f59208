// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ip_endpoint.hpp"
#include "core/base/time.hpp"
#include "sip/uri.hpp"

namespace muster::sip {

/// One phone of one user: a contact and where its datagrams come from.
struct Binding {
  Uri contact;
  std::string instance;  ///< +sip.instance with reg-id as written, or empty
  unsigned q = 1000;     ///< thousandths
  std::string call_id;
  std::uint32_t cseq = 0;
  IpEndpoint source;  ///< where the REGISTER came from
  TimePoint expires;
};

/// Where requests for `contact` go: to the address it names if that is the host that the phone's
/// datagrams come from, else (a NAT between) back to where they come from.
[[nodiscard]] IpEndpoint phone_address(const Uri& contact, const IpEndpoint& source);

/// The location service of this node: bindings of the users whose phones are here. In memory only:
/// after a restart the phones register again.
class LocationTable {
 public:
  /// Live bindings of the AoR, the highest q first.
  [[nodiscard]] std::vector<Binding> find(std::string_view aor) const;
  /// The live binding that a REGISTER with this contact and instance would replace.
  [[nodiscard]] const Binding* match(std::string_view aor, const Uri& contact,
                                     std::string_view instance) const;
  /// Whether a phone of that user has registered from this address.
  [[nodiscard]] bool registered_from(std::string_view aor, const IpEndpoint& source) const;
  /// Whether a phone of any user has.
  [[nodiscard]] bool registered_from(const IpEndpoint& source) const;
  /// Where requests for that contact URI go, if it is registered.
  [[nodiscard]] std::optional<IpEndpoint> address_of(const Uri& contact) const;
  [[nodiscard]] std::vector<std::string> users() const;

  void put(std::string_view aor, Binding binding);
  void remove(std::string_view aor, const Uri& contact);
  void remove_all(std::string_view aor);
  /// Forgets what has expired; the AoRs that have no binding left.
  [[nodiscard]] std::vector<std::string> expire(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> deadline() const;

 private:
  std::map<std::string, std::vector<Binding>, std::less<>> bindings_;
};

}  // namespace muster::sip
