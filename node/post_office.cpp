// SPDX-License-Identifier: Apache-2.0
#include "node/post_office.hpp"

#include <algorithm>

#include "node/overload.hpp"
#include "sip/parser.hpp"
#include "sip/precedence_of.hpp"

namespace muster::node {
namespace {

static_assert(PostOffice::request_bytes_max + PostedMessage::overhead_bytes +
                  security::sealed_message_overhead_bytes +
                  (security::sealed_message_wraps_max - 1) * security::sealed_message_wrap_bytes <=
              sip::Edge::Limits{}.mesh_message_bytes_max);

/// As its sender asked for (RFC 4412).
Precedence precedence_of(BytesView request) {
  const auto message = sip::parse(request);
  return message ? sip::precedence_of(*message) : Precedence::routine;
}

constexpr bool success(unsigned status) { return status >= 200 && status < 300; }

}  // namespace

std::vector<PostOffice::HomeUser> PostOffice::home_users_of(const security::Kit& kit) {
  std::vector<HomeUser> users;
  for (const auto& user : kit.home_users) {
    const auto certificate = security::read_certificate(user.certificate_der);
    const auto* subject =
        certificate ? std::get_if<security::UserSubject>(&certificate->subject) : nullptr;
    if (subject == nullptr) continue;  // check_kit lets no such kit pass.
    users.push_back(
        {{subject->user + '@' + certificate->overlay, security::certificate_ref(certificate->hash),
          security::Secret32{user.ed25519_private}},
         subject->homes_all});
  }
  return users;
}

PostOffice::PostOffice(Self self, std::vector<HomeUser> users, const PostDirectory& directory,
                       const dtn::Outbox& outbox, ports::StateStore& state, ports::Random& random,
                       Limits limits)
    : self_(self.id),
      ed25519_private_(std::move(self.ed25519_private)),
      directory_(directory),
      outbox_(outbox),
      random_(random),
      limits_(limits),
      prekeys_(state, random, {}),
      visits_(limits.visits) {
  for (auto& user : users) {
    std::string aor = user.signer.aor;
    users_.emplace(std::move(aor), std::move(user));
  }
}

void PostOffice::start(TimePoint now) {
  prekeys_.start(now, served_users());
  for (const auto& [aor, user] : users_) {
    if (!user.everywhere) publish(user);
  }
}

void PostOffice::advance(TimePoint now) {
  if (prekeys_.deadline() && *prekeys_.deadline() <= now) {
    end_visits();
    if (prekeys_.serve(now, served_users())) renewed(now);
  }
  ask_homes_to_sign(now);
}

void PostOffice::renewed(TimePoint now) {
  for (const auto& [aor, user] : users_) {
    if (!user.everywhere || published_.contains(aor)) publish(user);
  }
  visits_.renewed(now);
}

void PostOffice::user_arrived(TimePoint now, const std::string& aor) {
  if (const HomeUser* user = home_user(aor)) {
    if (!published_.contains(aor)) publish(*user);
    return;
  }
  if (!directory_.may_speak_for(self_, aor) || !visits_.arrived(now, aor)) return;
  if (prekeys_.serve(now, served_users())) renewed(now);
  ask_homes_to_sign(now);
}

void PostOffice::publish(const HomeUser& user) {
  const std::string& aor = user.signer.aor;
  const auto prekey = prekeys_.newest(aor);
  if (!prekey) return;
  published_.insert(aor);
  outputs_.emplace_back(PublishPrekey{
      aor, security::sign_user_prekey(user.signer.ed25519_private.octets, aor, self_, *prekey)});
}

const PostOffice::HomeUser* PostOffice::home_user(std::string_view aor) const {
  const auto at = users_.find(aor);
  return at == users_.end() ? nullptr : &at->second;
}

std::optional<PostOffice::Output> PostOffice::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

// ---- At the origin.

void PostOffice::attempt(TimePoint, const dtn::Outbox::Attempt& wanted, bool phone_here) {
  const auto& message = wanted.message;
  const auto prekeys = prekeys_of(message.to);
  const auto has_prekey = [&](const NodeId& node) {
    return std::any_of(prekeys.begin(), prekeys.end(),
                       [&](const PrekeyAt& at) { return at.node == node; });
  };
  std::set<NodeId> nodes;
  bool by_sip = home_user(message.from) == nullptr;
  for (const NodeId& node : directory_.nodes_of(message.to)) {
    if (!directory_.reachable(node)) continue;
    nodes.insert(node);
    by_sip |= !directory_.is_home(node, message.to) && !has_prekey(node);
  }
  if (by_sip) {
    forget(wanted.id);
    outputs_.emplace_back(AttemptBySip{wanted.id, message.to, message.request});
    return;
  }
  if (!attempts_.contains(wanted.id) && attempts_.size() >= limits_.attempts_max) {
    ++counters_.over_limit;
    outputs_.emplace_back(Ended{wanted.id, dtn::Outcome::unreachable});
    return;
  }
  expect_nothing(wanted.id);
  Attempt& attempt = attempts_[wanted.id];
  attempt.from = message.from;
  attempt.to = message.to;
  attempt.precedence = precedence_of(message.request);
  attempt.pending.clear();
  attempt.refused = false;
  attempt.still_open = false;
  attempt.sealed_again = 0;
  if (phone_here) show_here(wanted.id, attempt, message.request);
  std::set<NodeId> briefed;
  for (const NodeId& node : nodes) {
    if (directory_.is_brief(node) && send_brief(attempt, message.request, message.identity, node))
      briefed.insert(node);
  }
  for (const NodeId& node : briefed) nodes.erase(node);
  if (!nodes.empty() && seal(attempt, message.request, nodes)) {
    for (const PrekeyAt& at : prekeys_of(attempt.to)) {
      if (nodes.contains(at.node)) attempt.pending.insert(at.node);
    }
    for (const NodeId& node : attempt.pending) send_sealed(wanted.id, attempt, node);
  }
  attempt.still_open = attempt.pending.size() < nodes.size() + briefed.size();
  end_if_settled(wanted.id, attempt);
}

void PostOffice::show_here(dtn::MessageId id, Attempt& attempt, BytesView request) {
  attempt.pending_here = true;
  shows_of_ours_[++last_number_] = id;
  outputs_.emplace_back(Show{last_number_, attempt.from, attempt.to, to_bytes(request)});
}

std::vector<PrekeyAt> PostOffice::prekeys_of(std::string_view aor) {
  auto all = directory_.user_prekeys(aor);
  std::erase_if(all, [this](const PrekeyAt& at) { return at.node == self_; });
  for (auto told = told_.lower_bound({std::string{aor}, NodeId{}});
       told != told_.end() && told->first.first == aor;) {
    const auto listed = std::find_if(
        all.begin(), all.end(), [&](const PrekeyAt& at) { return at.node == told->first.second; });
    const auto& instead_of = told->second.instead_of;
    if (listed == all.end()) {
      all.push_back({told->first.second, told->second.prekey});
    } else if (instead_of && listed->prekey.public_key == *instead_of) {
      listed->prekey = told->second.prekey;
    } else {  // The directory has caught up.
      told = told_.erase(told);
      continue;
    }
    ++told;
  }
  // So that the nodes left out by a limit are always the same.
  std::sort(all.begin(), all.end(),
            [](const PrekeyAt& a, const PrekeyAt& b) { return a.node < b.node; });
  return all;
}

/// For every node of the recipient, those that get it now before the others. False if none of these
/// has a prekey that is known.
bool PostOffice::seal(Attempt& attempt, BytesView request, const std::set<NodeId>& nodes_first) {
  auto all = prekeys_of(attempt.to);
  std::stable_partition(all.begin(), all.end(),
                        [&](const PrekeyAt& at) { return nodes_first.contains(at.node); });
  const HomeUser* sender = home_user(attempt.from);
  if (sender == nullptr || all.empty() || !nodes_first.contains(all.front().node)) {
    ++counters_.waiting_for_prekey;
    return false;
  }
  if (all.size() > security::sealed_message_wraps_max) {
    all.resize(security::sealed_message_wraps_max);
  }
  std::vector<security::Key32> keys;
  for (const PrekeyAt& at : all) keys.push_back(at.prekey.public_key);
  if (!attempt.sealed.empty() && keys == attempt.prekeys) return true;
  auto sealed = security::seal_message(sender->signer, attempt.to, keys, request, random_);
  if (!sealed) {  // A prekey that is a low-order point: only the recipient's own node can make one.
    ++counters_.malformed;
    return false;
  }
  ++counters_.sealed;
  attempt.prekeys = std::move(keys);
  attempt.sealed = std::move(*sealed);
  attempt.names.push_back(security::sealed_message_id(attempt.sealed));
  constexpr std::size_t names_max = 8;  // answers to older forms are of no use any more
  if (attempt.names.size() > names_max) attempt.names.erase(attempt.names.begin());
  return true;
}

void PostOffice::send_sealed(dtn::MessageId id, const Attempt& attempt, const NodeId& to) {
  sends_[++last_number_] = {id, to};
  outputs_.emplace_back(Send{to, encode(PostedMessage{attempt.sealed}), attempt.precedence,
                             limits_.give_up_after, last_number_});
}

void PostOffice::gave_up(std::uint64_t number) {
  const auto send = sends_.extract(number);
  if (!send.empty()) without(send.mapped().first, send.mapped().second, Why::not_now);
}

void PostOffice::node_lost(const NodeId& node) {
  std::vector<dtn::MessageId> waiting;
  for (const auto& [id, attempt] : attempts_) {
    if (attempt.pending.contains(node)) waiting.push_back(id);
  }
  for (const auto id : waiting) without(id, node, Why::not_now);
}

void PostOffice::without(dtn::MessageId id, const NodeId& node, Why why) {
  const auto at = attempts_.find(id);
  if (at == attempts_.end() || at->second.pending.erase(node) == 0) return;
  (why == Why::refused ? at->second.refused : at->second.still_open) = true;
  end_if_settled(id, at->second);
}

void PostOffice::end_if_settled(dtn::MessageId id, const Attempt& attempt) {
  if (!attempt.pending.empty() || attempt.pending_here) return;
  const bool refused = attempt.refused && !attempt.still_open;
  if (refused) forget(id);
  outputs_.emplace_back(Ended{id, refused ? dtn::Outcome::rejected : dtn::Outcome::unreachable});
}

void PostOffice::forget(dtn::MessageId id) {
  attempts_.erase(id);
  expect_nothing(id);
}

/// What an earlier attempt still waits for says nothing of the next.
void PostOffice::expect_nothing(dtn::MessageId id) {
  std::erase_if(sends_, [&](const auto& send) { return send.second.first == id; });
  std::erase_if(shows_of_ours_, [&](const auto& show) { return show.second == id; });
}

PostOffice::Attempts::iterator PostOffice::find(const security::SealedMessageId& name) {
  return std::find_if(attempts_.begin(), attempts_.end(), [&](const auto& entry) {
    const auto& names = entry.second.names;
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

void PostOffice::take(TimePoint, const NodeId& from, const Receipt& receipt) {
  const auto id = outbox_.find(receipt.identity.hex());
  const auto* message = id ? outbox_.waiting_message(*id) : nullptr;
  if (message == nullptr) {
    ++counters_.unmatched;
    return;
  }
  const Bytes text =
      Receipt::signed_octets(message->from, message->to, receipt.identity, receipt.status);
  if (!is_word_of(message->to, from, text, receipt.signature)) {
    ++counters_.forged;
    return;
  }
  if (success(receipt.status)) {
    ++counters_.receipts;
    forget(*id);
    outputs_.emplace_back(Ended{*id, dtn::Outcome::delivered, true});
    return;
  }
  // Another phone of the recipient's may still take it.
  without(*id, from, Why::refused);
}

void PostOffice::take(TimePoint, const NodeId& from, const NotNow& answer) {
  const auto at = find(answer.message);
  if (at == attempts_.end()) {
    ++counters_.unmatched;
    return;
  }
  without(at->first, from, Why::not_now);
}

void PostOffice::take(TimePoint, const NodeId& from, const SealAgain& request) {
  const auto at = find(request.message);
  const auto* message = at == attempts_.end() ? nullptr : outbox_.waiting_message(at->first);
  if (message == nullptr) {
    ++counters_.unmatched;
    return;
  }
  auto& [id, attempt] = *at;
  const Bytes text = SealAgain::signed_octets(attempt.to, from, request.message, request.prekey);
  if (!directory_.may_speak_for(from, attempt.to) ||
      !is_word_of(attempt.to, from, text, request.signature)) {
    ++counters_.forged;
    return;
  }
  Told told{request.prekey, std::nullopt};
  for (const PrekeyAt& listed : directory_.user_prekeys(attempt.to)) {
    if (listed.node == from) told.instead_of = listed.prekey.public_key;
  }
  if (told_.size() >= limits_.told_prekeys_max) told_.erase(told_.begin());
  told_[{attempt.to, from}] = told;
  if (!attempt.pending.contains(from)) return;  // The next attempt will be sealed to it.
  if (++attempt.sealed_again > limits_.sealed_again_max ||
      !seal(attempt, message->request, {from})) {
    return without(id, from, Why::not_now);
  }
  ++counters_.sealed_again;
  send_sealed(id, attempt, from);
}

// ---- Where the recipient is.

void PostOffice::receive(TimePoint now, const NodeId& from, BytesView bytes) {
  const auto message = decode_post_message(bytes);
  if (!message) {
    ++counters_.malformed;
    return;
  }
  std::visit([&](const auto& said) { take(now, from, said); }, *message);
}

void PostOffice::take(TimePoint, const NodeId& from, const PostedMessage& message) {
  const auto recipients = recipients_of(message.sealed);
  for (const auto& recipient : recipients) open(from, message.sealed, recipient);
  if (recipients.empty()) ++counters_.not_ours;
}

std::vector<std::string> PostOffice::recipients_of(BytesView sealed) const {
  std::vector<std::string> all;
  for (const auto& [aor, user] : users_) {
    if (security::may_be_for(sealed, aor)) all.push_back(aor);
  }
  for (auto& aor : directory_.visitors()) {
    if (security::may_be_for(sealed, aor)) all.push_back(std::move(aor));
  }
  return all;
}

void PostOffice::open(const NodeId& from, BytesView sealed, const std::string& recipient) {
  const auto keys = prekeys_.all(recipient);
  auto opened = security::open_message(sealed, recipient, keys, directory_);
  const auto name = security::sealed_message_id(sealed);
  if (!opened) {
    switch (opened.error()) {
      case security::OpenMessageError::malformed:
        ++counters_.malformed;
        return;
      case security::OpenMessageError::no_key:
        return ask_to_seal_again(from, sealed, recipient);
      case security::OpenMessageError::unknown_sender:
        ++counters_.unknown_senders;
        return answer(from, NotNow{name, 480});
      case security::OpenMessageError::forged:
        ++counters_.forged;
        return;
    }
  }
  ++counters_.opened;
  if (showing_.size() >= limits_.shows_max) {
    ++counters_.over_limit;
    return answer(from, NotNow{name, 503});
  }
  showing_[++last_number_] = {from, name, opened->sender, recipient, false};
  outputs_.emplace_back(Show{last_number_, opened->sender, recipient, std::move(opened->body)});
}

void PostOffice::ask_to_seal_again(const NodeId& from, BytesView sealed,
                                   const std::string& recipient) {
  ++counters_.unopenable;
  const auto prekey = prekeys_.newest(recipient);
  if (!prekey) return;
  SealAgain request{security::sealed_message_id(sealed), *prekey, {}};
  request.signature =
      sign_for(recipient, SealAgain::signed_octets(recipient, self_, request.message, *prekey));
  answer(from, request);
}

void PostOffice::answer(const NodeId& to, const PostMessage& message) {
  outputs_.emplace_back(Send{to, encode(message), Precedence::routine, limits_.give_up_after, 0});
}

void PostOffice::shown(TimePoint, const sip::Edge::Shown& shown) {
  if (const auto ours = shows_of_ours_.extract(shown.number); !ours.empty()) {
    const auto at = attempts_.find(ours.mapped());
    if (at == attempts_.end()) return;
    at->second.pending_here = false;
    if (shown.kind == Kind::delivered) {
      forget(ours.mapped());
      outputs_.emplace_back(Ended{ours.mapped(), dtn::Outcome::delivered});
      return;
    }
    (shown.kind == Kind::rejected ? at->second.refused : at->second.still_open) = true;
    return end_if_settled(at->first, at->second);
  }
  const auto entry = showing_.extract(shown.number);
  if (entry.empty()) return;
  const Showing& showing = entry.mapped();
  if (showing.brief) return answer_brief(showing, shown);
  const auto status = static_cast<std::uint16_t>(shown.status);
  if (shown.kind == Kind::unreachable) return answer(showing.origin, NotNow{showing.name, status});
  const auto identity = MessageIdentity::from_hex(shown.identity);
  if (!identity) {  // Sealed by a member, but no MESSAGE of his.
    ++counters_.malformed;
    return;
  }
  Receipt receipt{*identity, status, {}};
  receipt.signature =
      sign_for(showing.recipient,
               Receipt::signed_octets(showing.sender, showing.recipient, *identity, status));
  answer(showing.origin, receipt);
}

}  // namespace muster::node
