// SPDX-License-Identifier: Apache-2.0
// Messages told from home to home in few octets, where the directory does not go.
#include "node/post_office.hpp"

namespace muster::node {

/// False if it cannot be said that way.
bool PostOffice::send_brief(Attempt& attempt, BytesView request, std::string_view identity,
                            const NodeId& to) {
  const auto name = MessageIdentity::from_hex(identity);
  if (!name || !directory_.is_home(to, attempt.to)) return false;
  const UserHint sender = user_hint(attempt.from);
  const UserHint recipient = user_hint(attempt.to);
  const auto tells = [&](std::size_t octets) {
    return directory_.user_at_home(self_, sender.view().first(octets)) == attempt.from &&
           directory_.user_at_home(to, recipient.view().first(octets)) == attempt.to;
  };
  const std::size_t hint_bytes = tells(1) ? 1 : UserHint::size;
  if (!tells(hint_bytes)) return false;
  const auto text = plain_text_of(request, attempt.from, attempt.to);
  ++counters_.sealed_brief;
  attempt.pending.insert(to);
  outputs_.emplace_back(Send{to,
                             encode(BriefMessage{*name, sender, recipient, !text.has_value(),
                                                 text ? as_bytes(*text) : request, hint_bytes}),
                             attempt.precedence, limits_.give_up_after, 0, true});
  return true;
}

std::optional<std::string> PostOffice::user_here(BytesView hint) const {
  std::optional<std::string> found;
  for (const auto& [aor, user] : users_) {
    if (!hints_at(hint, aor)) continue;
    if (found) return std::nullopt;
    found = aor;
  }
  return found;
}

/// Nothing but the node speaks for the sender: it must be his home.
void PostOffice::take(TimePoint, const NodeId& from, const BriefMessage& message) {
  const auto recipient = user_here(message.recipient.view().first(message.hint_bytes));
  const auto sender =
      directory_.user_at_home(from, message.sender.view().first(message.hint_bytes));
  if (!recipient) {
    ++counters_.not_ours;
    return;
  }
  if (!sender) {
    ++counters_.unknown_senders;
    return;
  }
  ++counters_.opened;
  if (showing_.size() >= limits_.shows_max) {
    ++counters_.over_limit;
    return;
  }
  const std::string identity = message.identity.hex();
  showing_[++last_number_] = {from, {}, *sender, *recipient, true};
  outputs_.emplace_back(
      Show{last_number_, *sender, *recipient,
           message.whole ? to_bytes(message.content)
                         : request_of_text(*sender, *recipient, identity, as_text(message.content)),
           identity});
}

void PostOffice::answer_brief(const Showing& showing, const sip::Edge::Shown& shown) {
  using Result = BriefReceipt::Result;
  const auto identity = MessageIdentity::from_hex(shown.identity);
  if (!identity) {  // Said by a member, but no MESSAGE of his user.
    ++counters_.malformed;
    return;
  }
  const Result result = shown.kind == Kind::delivered  ? Result::delivered
                        : shown.kind == Kind::rejected ? Result::rejected
                                                       : Result::not_now;
  outputs_.emplace_back(Send{
      showing.origin,
      encode(BriefReceipt{brief_name(*identity), result, static_cast<std::uint16_t>(shown.status)}),
      Precedence::routine, limits_.give_up_after, 0, true});
}

void PostOffice::take(TimePoint, const NodeId& from, const BriefReceipt& receipt) {
  for (const auto& [id, attempt] : attempts_) {
    const auto* message = outbox_.waiting_message(id);
    const auto identity =
        message != nullptr ? MessageIdentity::from_hex(message->identity) : std::nullopt;
    if (!identity || brief_name(*identity) != receipt.name) continue;
    if (!directory_.is_home(from, message->to)) break;
    const dtn::MessageId settled = id;
    switch (receipt.result) {
      case BriefReceipt::Result::delivered:
        ++counters_.receipts;
        forget(settled);
        outputs_.emplace_back(Ended{settled, dtn::Outcome::delivered, true});
        return;
      case BriefReceipt::Result::rejected:
        return without(settled, from, Why::refused);
      case BriefReceipt::Result::not_now:
        return without(settled, from, Why::not_now);
    }
  }
  ++counters_.unmatched;
}

}  // namespace muster::node
