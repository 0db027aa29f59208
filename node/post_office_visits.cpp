// SPDX-License-Identifier: Apache-2.0
// Users whose phones are at a node that is not their home: what the visited node asks of a home,
// and who signs for them.
#include "node/post_office.hpp"

namespace muster::node {

/// Those who may have phones here. Of visitors all whom a home has sent, also where their phones
/// have not registered since the last start: what was sealed to their keys may still come.
std::vector<std::string> PostOffice::served_users() const {
  std::vector<std::string> aors;
  for (const auto& [aor, user] : users_) aors.push_back(aor);
  for (auto& aor : directory_.visitors()) aors.push_back(std::move(aor));
  return aors;
}

void PostOffice::end_visits() {
  for (const auto& aor : visits_.users()) {
    if (!directory_.may_speak_for(self_, aor)) outputs_.emplace_back(WithdrawPrekey{aor});
  }
  visits_.retain(directory_.visitors());
}

void PostOffice::ask_homes_to_sign(TimePoint now) {
  for (const auto& aor : visits_.due(now)) {
    const auto prekey = prekeys_.newest(aor);
    const auto homes = directory_.homes_of(aor);
    if (prekey && !homes.empty()) answer(homes.front(), SignPrekey{*prekey, aor});
  }
}

/// At a home. The signature names the node that asked, and is worth nothing once no home vouches
/// for that node any more.
void PostOffice::take(TimePoint, const NodeId& from, const SignPrekey& request) {
  const HomeUser* user = home_user(request.aor);
  if (user == nullptr || !directory_.may_speak_for(from, request.aor)) {
    ++counters_.not_ours;
    return;
  }
  ++counters_.prekeys_signed;
  const auto& key = user->signer.ed25519_private.octets;
  answer(from, PrekeySigned{security::sign_user_prekey(key, request.aor, from, request.prekey),
                            request.aor});
}

void PostOffice::take(TimePoint, const NodeId&, const PrekeySigned& answer) {
  const auto& [prekey, aor] = answer;
  if (!visits_.contains(aor) || prekeys_.newest(aor) != prekey.prekey) {
    ++counters_.unmatched;
    return;
  }
  const auto key = directory_.user_key(aor);
  if (!key || !security::verify_user_prekey(*key, aor, self_, prekey)) {
    ++counters_.forged;
    return;
  }
  visits_.signed_for(aor);
  outputs_.emplace_back(PublishPrekey{aor, prekey});
}

/// With the recipient's key where he is at home, else with this node's.
security::Signature64 PostOffice::sign_for(std::string_view recipient, BytesView text) const {
  const HomeUser* user = home_user(recipient);
  return security::ed25519_sign(
      user != nullptr ? user->signer.ed25519_private.octets : ed25519_private_.octets, text);
}

bool PostOffice::is_word_of(std::string_view recipient, const NodeId& from, BytesView text,
                            const security::Signature64& signature) const {
  const auto users = directory_.user_key(recipient);
  if (users && security::ed25519_verify(*users, text, signature)) return true;
  if (!directory_.may_speak_for(from, recipient)) return false;
  const auto nodes = directory_.signing_key(from);
  return nodes && security::ed25519_verify(*nodes, text, signature);
}

}  // namespace muster::node
