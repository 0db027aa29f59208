// SPDX-License-Identifier: Apache-2.0
// What the SIP edge says of phones, and what follows from it.
#include <utility>

#include <fmt/format.h>

#include "node/field_node_core.hpp"
#include "node/overload.hpp"

namespace muster::node {
namespace {

NodeEvent::Kind kind_of(sip::Event::Kind kind) {
  using From = sip::Event::Kind;
  using To = NodeEvent::Kind;
  switch (kind) {
    case From::registered:
      return To::registered;
    case From::unregistered:
      return To::unregistered;
    case From::call_offered:
      return To::call_offered;
    case From::call_answered:
      return To::call_answered;
    case From::call_ended:
      return To::call_ended;
    case From::message_delivered:
      return To::message_delivered;
    case From::message_stored:
      return To::message_stored;
    case From::refused:
      break;
  }
  return To::refused;
}

}  // namespace

bool FieldNode::Core::settle_edge(TimePoint now) {
  bool busy = false;
  while (auto output = edge_.poll()) {
    busy = true;
    carry_out(now, std::move(*output));
  }
  return busy;
}

void FieldNode::Core::carry_out(TimePoint now, sip::Edge::Output output) {
  std::visit(Overload{
                 [&](sip::Edge::ToPhone& send) {
                   outputs_.push_back(SendPhone{send.to, std::move(send.message)});
                 },
                 [&](const sip::Edge::Delegate& proven) {
                   if (!rendezvous_.delegate(now, proven.aor, proven.node)) return;
                   note(Note::Level::info, fmt::format("a phone of {} visits {}", proven.aor,
                                                       rendezvous_.name_of(proven.node)));
                 },
                 [&](const sip::Edge::ToNode& send) { send_to_node(now, send); },
                 [&](const sip::Edge::MediaToNode& send) {
                   mesh_.send_media(now, send.to, send.packet, send.expires);
                 },
                 [&](sip::Edge::MediaToPhone& send) {
                   outputs_.push_back(SendMedia{send.local_port, send.to, std::move(send.packet)});
                 },
                 [&](const sip::Edge::BindingChanged& change) { binding_changed(now, change); },
                 [&](const sip::Edge::StoredOutcome& ended) { outcome(now, ended); },
                 [&](const sip::Edge::Shown& shown) { post_.shown(now, shown); },
                 [&](const sip::Edge::KeptDelivered& kept) {
                   if (const auto id = keeper_.outbox().find(kept.identity)) {
                     outcome(now, *id, dtn::Outcome::delivered);
                   }
                 },
                 [&](const sip::Event& event) {
                   note_event(event);
                   if (event.kind == sip::Event::Kind::message_stored)
                     review_recipient(now, event.to);
                 },
             },
             output);
}

void FieldNode::Core::binding_changed(TimePoint now, const sip::Edge::BindingChanged& change) {
  registered_here_[change.aor] = change.registered;
  if (change.registered) {
    rendezvous_.set_phones(now, change.aor, edge_.phones(change.aor));
  } else {
    rendezvous_.remove_binding(now, change.aor);
  }
  if (change.registered) post_.user_arrived(now, change.aor);
  review_recipient(now, change.aor);
}

/// A phone that has moved to another node is no longer here; one that has come back is here again,
/// which the other node must be told.
void FieldNode::Core::phone_elsewhere(TimePoint now, const Rendezvous::PhoneElsewhere& phone) {
  const bool moved = edge_.phone_elsewhere(now, phone.aor, phone.instance, phone.registered_at);
  if (moved) {
    note(Note::Level::info,
         fmt::format("a phone of {} has moved to {}", phone.aor, rendezvous_.name_of(phone.at)));
  } else if (phone.unaware) {
    rendezvous_.set_phones(now, phone.aor, edge_.phones(phone.aor));
  }
}

void FieldNode::Core::send_to_node(TimePoint now, const sip::Edge::ToNode& send) {
  reach(now, send.to);
  const auto number = mesh_.submit(now, send.to, send.message, send.precedence, send.give_up_after);
  edge_numbers_[number] = send.number;
}

void FieldNode::Core::outcome(TimePoint now, const sip::Edge::StoredOutcome& ended) {
  const auto what = [&] {
    switch (ended.kind) {
      case sip::Edge::StoredOutcome::Kind::delivered:
        return dtn::Outcome::delivered;
      case sip::Edge::StoredOutcome::Kind::rejected:
        return dtn::Outcome::rejected;
      case sip::Edge::StoredOutcome::Kind::unreachable:
        break;
    }
    return dtn::Outcome::unreachable;
  }();
  outcome(now, dtn::MessageId{ended.id}, what);
}

void FieldNode::Core::outcome(TimePoint now, dtn::MessageId id, dtn::Outcome outcome) {
  if (outcome != dtn::Outcome::unreachable) post_.forget(id);
  keeper_.outbox().outcome(now, id, outcome);
}

void FieldNode::Core::note_event(const sip::Event& event) {
  std::string text{sip::to_string(event.kind)};
  if (!event.from.empty()) text += " from " + event.from;
  if (!event.to.empty()) text += " to " + event.to;
  if (event.status != 0) text += fmt::format(" status {}", event.status);
  if (!event.detail.empty()) text += " (" + event.detail + ")";
  note(Note::Level::info, std::move(text));
  happened({.kind = kind_of(event.kind),
            .from = event.from,
            .to = event.to,
            .status = event.status,
            .call_id = event.call_id,
            .detail = event.detail});
}

}  // namespace muster::node
