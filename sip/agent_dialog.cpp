// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_dialog.hpp"

#include <algorithm>

namespace muster::sip {
namespace {

std::string text_of(const Message& message, std::string_view name) {
  return std::string{message.header(name).value_or("")};
}

std::string tag_of(const std::string& address) {
  return NameAddr::parse(address).value_or(NameAddr{}).tag();
}

std::vector<std::string> record_routes(const Message& message) {
  std::vector<std::string> routes;
  for (const auto value : message.headers("Record-Route")) routes.emplace_back(value);
  return routes;
}

Uri target_of(const Message& message, const Uri& otherwise) {
  const auto contacts = message.contacts();
  return contacts.empty() ? otherwise : contacts.front().uri;
}

}  // namespace

AgentDialog AgentDialog::of_caller(const Message& invite, const Message& success) {
  AgentDialog dialog{success.call_id(), text_of(success, "From"), text_of(success, "To"),
                     target_of(success, invite.request_uri()), record_routes(success)};
  std::reverse(dialog.routes.begin(), dialog.routes.end());
  return dialog;
}

AgentDialog AgentDialog::of_called(const Message& invite, const Message& success) {
  return {success.call_id(), text_of(success, "To"), text_of(success, "From"),
          target_of(invite, invite.from().uri), record_routes(invite)};
}

Message AgentDialog::request(const std::string& method, std::uint32_t cseq) const {
  Message request = Message::request(method, target);
  request.add("Max-Forwards", "70");
  for (const auto& route : routes) request.add("Route", route);
  request.add("From", local);
  request.add("To", remote);
  request.add("Call-ID", call_id);
  request.add("CSeq", CSeq{cseq, method}.str());
  return request;
}

bool AgentDialog::has(const Message& request) const {
  return request.call_id() == call_id && request.to().tag() == tag_of(local) &&
         request.from().tag() == tag_of(remote);
}

std::optional<IpEndpoint> AgentDialog::next_hop() const {
  if (routes.empty()) return target.ip_endpoint();
  const auto first = NameAddr::parse(routes.front());
  return first ? first->uri.ip_endpoint() : std::nullopt;
}

}  // namespace muster::sip
