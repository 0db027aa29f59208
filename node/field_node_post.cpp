// SPDX-License-Identifier: Apache-2.0
// How the post office is joined to the edge, the outbox, the directory and the mesh.
#include "node/field_node_core.hpp"
#include "node/overload.hpp"

namespace muster::node {

bool FieldNode::Core::settle_post(TimePoint now) {
  bool busy = false;
  while (auto output = post_.poll()) {
    busy = true;
    carry_out(now, std::move(*output));
  }
  return busy;
}

void FieldNode::Core::carry_out(TimePoint now, PostOffice::Output output) {
  std::visit(
      Overload{
          [&](const PostOffice::Send& send) {
            if (send.brief) {
              mesh_.send_brief(now, send.to, send.message, send.precedence, send.give_up_after);
              return;
            }
            const auto number =
                mesh_.submit(now, send.to, send.message, send.precedence, send.give_up_after);
            post_numbers_[number] = send.number;
          },
          [&](const PostOffice::Show& show) {
            edge_.show_message(now, show.number, show.sender, show.recipient, show.request,
                               show.identity);
          },
          [&](const PostOffice::AttemptBySip& attempt) {
            edge_.attempt_stored(now, attempt.id.number, attempt.to, attempt.request);
          },
          [&](const PostOffice::Ended& ended) { post_ended(now, ended); },
          [&](const PostOffice::PublishPrekey& publish) {
            rendezvous_.publish_user_prekey(now, publish.aor, publish.prekey);
          },
          [&](const PostOffice::WithdrawPrekey& withdraw) {
            rendezvous_.withdraw_user_prekey(now, withdraw.aor);
          },
      },
      output);
}

void FieldNode::Core::post_ended(TimePoint now, const PostOffice::Ended& ended) {
  const auto* message = keeper_.outbox().waiting_message(ended.id);
  if (ended.receipt && message != nullptr) {
    note_event({.kind = sip::Event::Kind::message_delivered,
                .from = message->from,
                .to = message->to,
                .status = 200,
                .call_id = {},
                .detail = "receipt"});
  }
  outcome(now, ended.id, ended.outcome);
}

}  // namespace muster::node
