// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/link_address.hpp"
#include "core/base/time.hpp"
#include "discovery/local_network.hpp"

namespace muster::discovery {

/// The DNS-SD service type of Muster nodes (RFC 6763), and the keys of its TXT record
/// (docs/protocol/beacon.md).
inline constexpr std::string_view service_type = "_muster._udp";
inline constexpr std::string_view service_version_entry = "v=1";
inline constexpr std::string_view service_tag_key = "o=";

/// One service as it is seen: on which link, by mDNS over which protocol, under which name.
struct ServiceKey {
  LinkId link;
  bool v6 = false;
  std::string instance;
  friend auto operator<=>(const ServiceKey&, const ServiceKey&) = default;
};

/// What this node says of itself on one link.
struct OwnService {
  LinkId link;
  std::string instance;  ///< says nothing about who we are
  std::vector<LocalNetwork> networks;
  friend bool operator==(const OwnService&, const OwnService&) = default;
};

/// Turns the services that mDNS shows into addresses at which a neighbour may be: those of this
/// overlay, on the link on which they were seen, not beyond a router.
///
/// A pure state machine. Everything comes from strangers: what is not ours, makes no sense or is
/// too much is counted and dropped.
class ServiceTable {
 public:
  struct Limits {
    std::size_t services_max = 128;  ///< some 300 octets each
    Duration resolve_again_after = std::chrono::minutes{2};
  };
  /// What a name stands for, as it was answered.
  struct Resolved {
    IpEndpoint at;
    std::vector<std::string> txt;
  };

  struct Resolve {
    ServiceKey service;
  };
  struct Found {
    LinkPath path;
  };
  /// No service shows this address any more.
  struct Gone {
    LinkPath path;
  };
  /// Our own service is shown with an address that is not ours on that link: whoever publishes it
  /// lives in another network namespace.
  struct Misplaced {
    LinkId link;
  };
  using Output = std::variant<Resolve, Found, Gone, Misplaced>;

  struct Counters {
    std::uint64_t foreign = 0;     ///< not of this overlay, or of another version
    std::uint64_t off_link = 0;    ///< an address that no neighbour on that link can have
    std::uint64_t malformed = 0;   ///< a name that no node makes
    std::uint64_t table_full = 0;  ///< beyond the limit
    friend bool operator==(const Counters&, const Counters&) = default;
  };

  /// The overlay's tag of an instance name: nobody outside can make or check it.
  using TagOf = std::function<std::string(std::string_view instance)>;

  ServiceTable(TagOf tag_of, Limits limits);

  /// From now on these are ours; all that was seen before is forgotten.
  void set_own(TimePoint now, std::vector<OwnService> own);
  void appeared(TimePoint now, const ServiceKey& service);
  void gone(TimePoint now, const ServiceKey& service);
  /// An answer to Resolve. No answer need not be told.
  void resolved(TimePoint now, const ServiceKey& service, const Resolved& answer);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }

  /// The TXT record of our service of that name.
  [[nodiscard]] std::vector<std::string> txt_of(std::string_view instance) const;

 private:
  struct Service {
    std::optional<LinkPath> path;
    TimePoint resolve_at{};
  };

  [[nodiscard]] const OwnService* own_on(LinkId link) const;
  [[nodiscard]] bool of_this_overlay(std::string_view instance,
                                     const std::vector<std::string>& txt) const;
  void own_resolved(const OwnService& own, const IpEndpoint& at);
  void move_to(Service& service, std::optional<LinkPath> path);

  TagOf tag_of_;
  Limits limits_;
  std::vector<OwnService> own_;
  std::map<ServiceKey, Service> services_;
  std::deque<Output> outputs_;
  Counters counters_;
};

/// A name for a service: 16 hexadecimal digits of `random` (8 octets).
[[nodiscard]] std::string instance_name(BytesView random);

}  // namespace muster::discovery
