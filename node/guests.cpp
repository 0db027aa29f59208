// SPDX-License-Identifier: Apache-2.0
#include "node/guests.hpp"

#include <map>

#include <fmt/format.h>

#include "security/certificate.hpp"

namespace muster::node {

Result<void> check_guests(const security::Kit& kit, const std::vector<std::string>& guests) {
  if (guests.empty()) return {};
  std::map<std::string, bool> alone_here;  // by user
  for (const auto& user : kit.home_users) {
    const auto certificate = security::read_certificate(user.certificate_der);
    if (!certificate) continue;
    const auto* subject = std::get_if<security::UserSubject>(&certificate->subject);
    if (subject) alone_here[subject->user] = !subject->homes_all && subject->homes.size() == 1;
  }
  for (const auto& guest : guests) {
    const auto found = alone_here.find(guest);
    if (found == alone_here.end()) {
      return fail(
          fmt::format("sip.guests: {} is not at home at {}; issue it with `muster pki user "
                      "{} --homes {}` and install a new kit, or leave it out",
                      guest, kit.node_name, guest, kit.node_name));
    }
    if (!found->second) {
      return fail(
          fmt::format("sip.guests: {} is at home at other nodes too, so two people could "
                      "be {} at once; name users whose only home is {}",
                      guest, guest, kit.node_name));
    }
  }
  return {};
}

}  // namespace muster::node
