// SPDX-License-Identifier: Apache-2.0
#include "sim/make_medium.hpp"

#include "sim/contact_medium.hpp"
#include "sim/make_geometric_medium.hpp"
#include "sim/radio_medium.hpp"
#include "sim/random_stream.hpp"
#include "sim/underlay.hpp"

namespace muster::sim {
namespace {

/// What a datagram has around it where links are networks: headers of Ethernet, IPv6 and UDP.
constexpr std::size_t ethernet_header_bytes = 14;
constexpr std::size_t ip_udp_header_bytes = 48;

}  // namespace

void configure(const Scenario& scenario, RadioMedium& medium) {
  medium.set_faults(scenario.medium.faults);
  if (scenario.medium.duty_cycle) medium.set_duty_cycle(*scenario.medium.duty_cycle);
  for (const auto& link : scenario.links) {
    if (!link.faults) continue;
    medium.set_faults(link.a, link.b, *link.faults);
    if (!link.one_way) medium.set_faults(link.b, link.a, *link.faults);
  }
}

Result<MadeMedium> make_medium(const Scenario& scenario, TimePoint start, std::uint64_t seed) {
  if (scenario.medium.kind == MediumKind::geometric) {
    return MadeMedium{make_geometric_medium(scenario, start, stream_seed(seed, "medium")),
                      datagram_bytes_max(scenario.medium), link_profile(scenario.medium)};
  }
  auto topology = matrix_topology(scenario);
  if (!topology) return tl::make_unexpected(topology.error());
  if (scenario.medium.mtu_bytes <= ip_udp_header_bytes) {
    return fail("medium.mtu: it has no room for the headers of IP and UDP; give 128 or more");
  }
  RadioMedium::Limits limits;
  limits.header_bytes = ethernet_header_bytes + ip_udp_header_bytes;
  // There the addresses are in the frame itself.
  if (!scenario.medium.broadcast) limits.header_bytes -= Underlay::header_bytes;
  auto radio = std::make_unique<RadioMedium>(std::move(*topology), scenario.medium.mtu_bytes,
                                             stream_seed(seed, "medium"), limits);
  configure(scenario, *radio);
  MadeMedium made;
  made.datagram_bytes_max = scenario.medium.mtu_bytes - ip_udp_header_bytes;
  if (scenario.contacts) {
    made.medium = std::make_unique<ContactMedium>(std::move(radio), scenario.contacts, start);
  } else {
    made.medium = std::move(radio);
  }
  return made;
}

}  // namespace muster::sim
