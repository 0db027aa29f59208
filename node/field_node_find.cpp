// SPDX-License-Identifier: Apache-2.0
// Who is called is looked up first where the directory does not lie at every node.
#include <algorithm>

#include "node/field_node_core.hpp"
#include "sip/edge_names.hpp"
#include "sip/parser.hpp"

namespace muster::node {
namespace {

/// Requests of phones that wait for a look-up; each is as large as a datagram.
constexpr std::size_t finding_max = 256;
/// Whoever a message waits for may have come back anywhere, and says so only to those who hold his
/// name.
constexpr std::chrono::seconds recipients_interval{15};

}  // namespace

std::uint64_t FieldNode::Core::look_up(TimePoint now, std::string_view aor) {
  const auto number = rendezvous_.look_up(now, aor, Rendezvous::Purpose::call);
  look_ups_asked_for_.insert(number);
  settle(now);
  return number;
}

/// True if the request is kept until its callee has been looked up: it asks for a user, and has no
/// dialog yet. Who is a user it is for the edge to judge.
bool FieldNode::Core::find_first(TimePoint now, const sip::PhoneAddress& from, BytesView message) {
  if (!rendezvous_.must_ask() || finding_.size() >= finding_max) return false;
  const auto parsed = sip::parse(message);
  if (!parsed || !parsed->is_request()) return false;
  const auto method = parsed->method();
  if (method == "CANCEL") let_go(now, from);
  if (method == "REGISTER" || method == "ACK" || method == "CANCEL") return false;
  if (!parsed->to().tag().empty()) return false;
  const sip::EdgeNames names(self_, kit_.overlay, settings_.sip_listen);
  if (!names.is_user(parsed->request_uri())) return false;
  const auto aor = names.aor_of(parsed->request_uri());
  const bool repeated = std::any_of(finding_.begin(), finding_.end(), [&](const auto& each) {
    return each.second.from == from && std::ranges::equal(message, each.second.message);
  });
  const bool on_its_way =
      std::any_of(reaching_requests_.begin(), reaching_requests_.end(), [&](const auto& each) {
        return each.request.from == from && std::ranges::equal(message, each.request.message);
      });
  if (repeated || on_its_way) return true;
  const auto purpose =
      method == "MESSAGE" ? Rendezvous::Purpose::message : Rendezvous::Purpose::call;
  const auto number = rendezvous_.look_up(now, aor, purpose);
  finding_.emplace(number, Finding{from, to_bytes(message)});
  return true;
}

/// What the phone cancels must be known to the edge.
void FieldNode::Core::let_go(TimePoint now, const sip::PhoneAddress& phone) {
  for (auto& each : reaching_requests_) {
    if (each.request.from == phone) each.until = now;
  }
  let_wait_end(now, std::nullopt);
  for (auto at = finding_.begin(); at != finding_.end();) {
    if (at->second.from == phone) edge_.receive_phone(now, phone, at->second.message);
    at = at->second.from == phone ? finding_.erase(at) : std::next(at);
  }
}

void FieldNode::Core::looked_up(TimePoint now, const Rendezvous::LookedUp& answer) {
  // Found or not: what is known now decides, as it does where everybody knows everything.
  if (const auto waiting = finding_.extract(answer.number); !waiting.empty()) {
    const auto& [from, request] = waiting.mapped();
    if (!reach_first(now, answer.aor, from, request)) edge_.receive_phone(now, from, request);
  } else if (membership_ == overlay::Membership::buckets) {
    const auto waited_for = keeper_.recipients(now);
    if (std::find(waited_for.begin(), waited_for.end(), answer.aor) != waited_for.end()) {
      for (const auto& node : rendezvous_.nodes_of(answer.aor)) reach(now, node);
    }
  }
  trace_looked_up(now, answer);
  service_looked_up(now, answer);
  if (look_ups_asked_for_.erase(answer.number) == 0) return;
  LookedUp told;
  told.number = answer.number;
  told.timed_out = answer.outcome == overlay::LookUps::Outcome::unknown;
  told.silent = answer.silent;
  for (const auto& binding : rendezvous_.directory().find(overlay::Kind::sip_binding, answer.aor)) {
    told.bindings.push_back({binding.writer, binding.version, to_bytes(binding.value)});
  }
  outputs_.push_back(std::move(told));
}

void FieldNode::Core::look_for_recipients(TimePoint now) {
  if (!rendezvous_.must_ask()) {
    look_for_recipients_at_.reset();
    return;
  }
  if (look_for_recipients_at_ && *look_for_recipients_at_ > now) return;
  look_for_recipients_at_ = now + recipients_interval;
  for (const auto& aor : keeper_.recipients(now)) {
    rendezvous_.look_up(now, aor, Rendezvous::Purpose::message);
  }
}

}  // namespace muster::node
