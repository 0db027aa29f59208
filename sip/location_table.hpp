// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "sip/phone_address.hpp"
#include "sip/uri.hpp"

namespace muster::sip {

/// One phone of one user: a contact and where its datagrams come from.
struct Binding {
  Uri contact;
  std::string instance;  ///< +sip.instance with reg-id as written, or empty
  unsigned q = 1000;     ///< thousandths
  std::string call_id;
  std::uint32_t cseq = 0;
  PhoneAddress source;  ///< where the REGISTER came from
  TimePoint expires;
  TimePoint registered_at;  ///< of the last REGISTER; deep in the past if it was in an earlier life
};

/// Where requests for `contact` go: back over the connection if the phone has one; else to the
/// address it names, over the transport it names, if that is the host that the phone's datagrams
/// come from; else (a NAT between) back to where they come from.
[[nodiscard]] PhoneAddress phone_address(const Uri& contact, const PhoneAddress& source);

/// The location service of this node: bindings of the users whose phones are here.
class LocationTable {
 public:
  /// Live bindings of the AoR, the highest q first.
  [[nodiscard]] std::vector<Binding> find(std::string_view aor) const;
  /// The live binding that a REGISTER with this contact and instance would replace.
  [[nodiscard]] const Binding* match(std::string_view aor, const Uri& contact,
                                     std::string_view instance) const;
  /// Whether a phone of that user has registered from this address.
  [[nodiscard]] bool registered_from(std::string_view aor, const PhoneAddress& source) const;
  /// Whether a phone of any user has.
  [[nodiscard]] bool registered_from(const PhoneAddress& source) const;
  /// Where requests for that contact URI go, if it is registered.
  [[nodiscard]] std::optional<PhoneAddress> address_of(const Uri& contact) const;
  [[nodiscard]] std::vector<std::string> users() const;
  using Bindings = std::map<std::string, std::vector<Binding>, std::less<>>;
  /// Everything, by AoR.
  [[nodiscard]] const Bindings& all() const { return bindings_; }

  void put(std::string_view aor, Binding binding);
  void remove(std::string_view aor, const Uri& contact);
  /// The connection from there has ended. A phone that listens for connections is reached by a new
  /// one, all others are forgotten; the AoRs that lost a binding.
  [[nodiscard]] std::vector<std::string> connection_ended(const PhoneAddress& source);
  /// Forgets what has expired; the AoRs that lost a binding.
  [[nodiscard]] std::vector<std::string> expire(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> deadline() const;

 private:
  Bindings bindings_;
};

}  // namespace muster::sip
