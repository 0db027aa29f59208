// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "discovery/service_table.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

using discovery::LocalNetwork;
using discovery::OwnService;
using discovery::ServiceKey;
using discovery::ServiceTable;

constexpr std::size_t services_max = 4;
constexpr std::uint16_t own_links = 2;

std::string tag(std::string_view instance) { return "tag-" + std::string{instance}; }

/// Names that nodes make come up again and again, the rest is what strangers can think of.
std::string name(Choices& choices) {
  if (choices.coin()) {
    const std::array<std::uint8_t, 8> octets{static_cast<std::uint8_t>(choices.below(8))};
    return discovery::instance_name(octets);
  }
  const auto octets = choices.bytes(80);
  return {octets.begin(), octets.end()};
}

ServiceKey key(Choices& choices) {
  const auto link = static_cast<std::uint16_t>(choices.below(own_links + 1));
  const bool v6 = choices.coin();
  return {LinkId{link}, v6, name(choices)};
}

IpAddress address(Choices& choices) {
  IpAddress out;
  out.v6 = choices.coin();
  if (choices.coin()) {  // near
    out.octets = out.v6 ? decltype(out.octets){0xfe, 0x80} : decltype(out.octets){10, 77};
    out.octets[out.v6 ? 15 : 3] = choices.octet();
    return out;
  }
  for (auto& octet : out.octets) octet = choices.octet();
  return out;
}

ServiceTable::Resolved answer(Choices& choices, const ServiceTable& table,
                              const std::string& instance) {
  ServiceTable::Resolved out;
  out.at = {address(choices), static_cast<std::uint16_t>(choices.below(65536))};
  if (choices.coin()) out.txt = table.txt_of(instance);
  for (auto more = choices.below(3); more > 0; --more) {
    const auto octets = choices.bytes(40);
    out.txt.emplace_back(octets.begin(), octets.end());
  }
  return out;
}

std::vector<OwnService> own(Choices& choices) {
  const LocalNetwork four{*IpAddress::parse("10.77.0.1"), 24};
  const LocalNetwork six{*IpAddress::parse("fe80::1"), 64};
  std::vector<OwnService> all;
  for (std::uint16_t link = 0; link < own_links; ++link) {
    if (choices.coin()) all.push_back({LinkId{link}, name(choices), {four, six}});
  }
  return all;
}

void act(ServiceTable& table, Choices& choices, TimePoint& now) {
  switch (choices.below(6)) {
    case 0:
    case 1:
      return table.appeared(now, key(choices));
    case 2:
      return table.gone(now, key(choices));
    case 3: {
      const auto service = key(choices);
      return table.resolved(now, service, answer(choices, table, service.instance));
    }
    case 4:
      return table.set_own(now, own(choices));
    default:
      now += choices.short_pause();
  }
}

}  // namespace

/// What is told of neighbours fits together: none leaves that never came, all leave with the table,
/// and no more than the table holds are there at once.
void run(BytesView input) {
  Choices choices(input);
  TimePoint now{std::chrono::seconds{1}};
  ServiceTable table(tag, {.services_max = services_max});
  table.set_own(now,
                {{LinkId{0},
                  discovery::instance_name(Bytes(8, 9)),
                  {{*IpAddress::parse("10.77.0.1"), 24}, {*IpAddress::parse("fe80::1"), 64}}}});
  std::set<LinkPath> there;
  const auto take = [&](const ServiceTable::Output& output) {
    if (const auto* found = std::get_if<ServiceTable::Found>(&output)) {
      there.insert(found->path);
      MUST(found->path.link.number < own_links);
    } else if (const auto* gone = std::get_if<ServiceTable::Gone>(&output)) {
      MUST(there.erase(gone->path) == 1);
    } else if (const auto* resolve = std::get_if<ServiceTable::Resolve>(&output)) {
      MUST(resolve->service.instance.size() == 16);
    }
  };
  for (int acts = 0; choices.left() && acts < 1000; ++acts) {
    act(table, choices, now);
    settle(table, now, take);
    MUST(there.size() <= services_max);
  }
  table.set_own(now, {});
  settle(table, now, take);
  MUST(there.empty());
}

std::vector<Bytes> seeds() {
  // Appears, is resolved, moves, appears elsewhere, is gone; the own services change.
  return {{0, 0, 0, 1, 3, 3, 0, 0, 1, 3, 0, 1, 2, 30, 101, 1, 0},
          {0, 0, 0, 1, 1, 0, 0, 0, 1, 2, 3, 0, 0, 1, 1, 0, 1, 7, 27, 165, 1, 0, 2, 0, 0, 1, 1},
          {0, 0, 0, 1, 3, 5, 20, 5, 26, 4, 1, 1, 4, 0, 0, 0, 1, 3}};
}

}  // namespace muster::fuzz
