// SPDX-License-Identifier: Apache-2.0
// What the directory says, and what follows from it.
#include <utility>

#include "node/field_node_core.hpp"
#include "node/overload.hpp"

namespace muster::node {

bool FieldNode::Core::settle_rendezvous(TimePoint now) {
  bool busy = false;
  while (auto output = rendezvous_.poll()) {
    busy = true;
    std::visit(
        Overload{
            [&](Rendezvous::Send& send) { directory_sends_.push_back(std::move(send)); },
            [&](const Rendezvous::SendToNode& send) {
              if (send.path) return send_direct(now, send);
              mesh_.send_placed(now, send.to, send.message, send.precedence, send.look_up);
            },
            [&](const Rendezvous::LookedUp& answer) { looked_up(now, answer); },
            [&](const Rendezvous::NodeFound& found) { node_found(now, found); },
            [&](const Rendezvous::BindingsChanged& change) { review_recipient(now, change.aor); },
            [&](const Rendezvous::UserPrekeysChanged& change) {
              review_recipient(now, change.aor);
            },
            [&](const Rendezvous::VouchedFor& vouched) {
              if (phone_here(vouched.aor)) post_.user_arrived(now, vouched.aor);
            },
            [&](const Rendezvous::PhoneElsewhere& phone) { phone_elsewhere(now, phone); },
            [&](const Rendezvous::Restate& restate) {
              rendezvous_.set_phones(now, restate.aor, edge_.phones(restate.aor));
            },
            [&](const Rendezvous::ClonedIdentity& clone) { identity_cloned(clone.node); },
        },
        *output);
  }
  send_directory(now);
  return busy;
}

/// What is the same for several neighbours goes to them together.
void FieldNode::Core::send_directory(TimePoint now) {
  const auto sends = std::exchange(directory_sends_, {});
  std::vector<bool> sent(sends.size());
  for (std::size_t i = 0; i < sends.size(); ++i) {
    if (sent[i]) continue;
    std::vector<NodeId> to{sends[i].to};
    for (std::size_t j = i + 1; j < sends.size(); ++j) {
      if (sends[j].precedence != sends[i].precedence || sends[j].message != sends[i].message)
        continue;
      to.push_back(sends[j].to);
      sent[j] = true;
    }
    mesh_.send_directory(now, to, sends[i].message, sends[i].precedence);
  }
}

/// Waiting messages are tried while some phone of their recipient is within reach.
void FieldNode::Core::review_recipient(TimePoint now, const std::string& aor) {
  bool within_reach = phone_here(aor);
  for (const auto& node : rendezvous_.nodes_of(aor)) within_reach |= rendezvous_.reachable(node);
  if (within_reach) {
    keeper_.outbox().recipient_reachable(now, aor);
  } else {
    keeper_.outbox().recipient_unreachable(now, aor);
  }
}

}  // namespace muster::node
