// SPDX-License-Identifier: Apache-2.0
#include "discovery/special_use_domain.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace muster::discovery {
namespace {

// RFC 6761 (test, localhost, invalid, example), RFC 6762 (local: that is for mDNS), RFC 7686
// (onion) and RFC 9476 (alt). Not home.arpa and internal: a network's own DNS may know these.
constexpr std::array<std::string_view, 7> never_there{"test",  "localhost", "invalid", "example",
                                                      "local", "onion",     "alt"};
// RFC 6761, section 6.5
constexpr std::array<std::string_view, 3> examples{"example.com", "example.net", "example.org"};

bool equal(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool is_in(std::string_view domain, std::string_view zone) {
  if (equal(domain, zone)) return true;
  return domain.size() > zone.size() && domain[domain.size() - zone.size() - 1] == '.' &&
         equal(domain.substr(domain.size() - zone.size()), zone);
}

}  // namespace

bool dns_may_know(std::string_view domain) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  const auto within = [&](std::string_view zone) { return is_in(domain, zone); };
  return domain.find('.') != std::string_view::npos && std::ranges::none_of(never_there, within) &&
         std::ranges::none_of(examples, within);
}

}  // namespace muster::discovery
