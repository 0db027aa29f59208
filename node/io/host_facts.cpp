// SPDX-License-Identifier: Apache-2.0
#include "node/io/host_facts.hpp"

#include <cstring>
#include <ctime>
#include <memory>

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "security/certificate.hpp"

namespace muster::node {
namespace {

struct AddressesFree {
  void operator()(ifaddrs* addresses) const { freeifaddrs(addresses); }
};
using Addresses = std::unique_ptr<ifaddrs, AddressesFree>;

Addresses all_addresses() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) list = nullptr;
  return Addresses{list};
}

std::optional<IpAddress> address_of(const sockaddr* socket_address) {
  IpAddress out;
  if (socket_address == nullptr) return std::nullopt;
  if (socket_address->sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, socket_address, sizeof four);
    std::memcpy(out.octets.data(), &four.sin_addr, 4);
    return out;
  }
  if (socket_address->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 six{};
  std::memcpy(&six, socket_address, sizeof six);
  out.v6 = true;
  std::memcpy(out.octets.data(), &six.sin6_addr, 16);
  return out;
}

}  // namespace

std::optional<ClockFacts> clock_facts(BytesView certificate_der) {
  const auto certificate = security::read_certificate(certificate_der);
  if (!certificate) return std::nullopt;
  const auto& validity = certificate->validity;
  return ClockFacts{std::time(nullptr), validity.not_before, validity.not_after};
}

std::optional<DiskFacts> disk_facts(const std::filesystem::path& directory) {
  struct statvfs disk {};
  if (statvfs(directory.c_str(), &disk) != 0) return std::nullopt;
  return DiskFacts{std::uint64_t{disk.f_bavail} * disk.f_frsize, (disk.f_flag & ST_RDONLY) != 0};
}

InterfaceFacts interface_facts(const std::string& name) {
  InterfaceFacts facts;
  facts.name = name;
  facts.exists = if_nametoindex(name.c_str()) != 0;
  const auto addresses = all_addresses();
  for (const auto* each = addresses.get(); each != nullptr; each = each->ifa_next) {
    if (name != each->ifa_name) continue;
    facts.up |= (each->ifa_flags & IFF_UP) != 0;
    facts.running |= (each->ifa_flags & IFF_RUNNING) != 0;
    facts.has_address |= address_of(each->ifa_addr).has_value();
  }
  return facts;
}

bool avahi_daemon_runs() { return access("/run/avahi-daemon/socket", F_OK) == 0; }

bool is_local_address(const IpAddress& address) {
  if (address.is_unspecified() || address.is_loopback()) return true;
  const auto addresses = all_addresses();
  for (const auto* each = addresses.get(); each != nullptr; each = each->ifa_next) {
    const auto found = address_of(each->ifa_addr);
    if (found && found->v6 == address.v6 && found->octets == address.octets) return true;
  }
  return false;
}

}  // namespace muster::node
