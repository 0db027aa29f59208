// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "sip/agent.hpp"
#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

constexpr Duration first_pause = std::chrono::seconds{2};
constexpr Duration pause_max = std::chrono::seconds{30};

/// To ask again the same way may help.
bool is_passing(unsigned status) {
  return status == 408 || status == 480 || status == 503 || status == 504 || status == 500;
}

/// What the registrar grants (RFC 3261 section 10.2.4).
std::uint32_t granted(const Message& response, const std::string& own_contact,
                      std::uint32_t wanted) {
  const auto own = NameAddr::parse(own_contact);
  for (const auto& contact : response.contacts()) {
    const auto expires = whole_number(contact.params.find("expires").value_or(""));
    if (own && expires && equivalent(contact.uri, own->uri)) return *expires;
  }
  return response.expires().value_or(wanted);
}

}  // namespace

void Agent::register_here(TimePoint now) {
  if (!config_.registrar || registration_ != Registration::none) return;
  registration_ = Registration::asked;
  registration_pause_ = {};
  send_registration(now, registration_seconds_);
  pump(now);
}

void Agent::unregister(TimePoint now) {
  if (registration_ == Registration::none || registration_ == Registration::leaving) return;
  registration_ = Registration::leaving;
  stop(Timer::registration);
  send_registration(now, 0);
  pump(now);
}

void Agent::send_registration(TimePoint now, std::uint32_t seconds) {
  Uri registrar;
  registrar.host = config_.domain;
  Uri aor = registrar;
  aor.user = config_.user;
  Message request = outside_dialog("REGISTER", registrar, aor);
  if (registration_call_id_.empty()) registration_call_id_ = request.call_id();
  request.set("Call-ID", registration_call_id_);
  request.add("Contact", contact());
  request.add("Expires", std::to_string(seconds));
  transmit(now, *config_.registrar, std::move(request), {.purpose = Purpose::registration});
}

void Agent::registration_answered(TimePoint now, const Message& response) {
  if (registration_ == Registration::leaving) {
    // The answer to an earlier request: the one that leaves is still on its way.
    for (const auto& [client, pending] : pending_) {
      if (pending.purpose == Purpose::registration) return;
    }
    registration_ = Registration::none;
    outputs_.emplace_back(AgentUnregistered{});
    return;
  }
  const unsigned status = response.status();
  if (status < 300) {
    const bool news = registration_ != Registration::held;
    registration_ = Registration::held;
    registration_pause_ = {};
    const auto seconds = granted(response, contact(), registration_seconds_);
    if (news) outputs_.emplace_back(AgentRegistered{seconds});
    start(Timer::registration, now + std::chrono::milliseconds{500} * std::max(seconds, 2u));
    return;
  }
  const auto min_expires = whole_number(response.header("Min-Expires").value_or(""));
  if (status == 423 && min_expires && *min_expires > registration_seconds_) {
    registration_seconds_ = *min_expires;
    send_registration(now, registration_seconds_);
    return;
  }
  const bool again = is_passing(status);
  outputs_.emplace_back(AgentNotRegistered{status, response.reason(), again});
  registration_ = again ? Registration::asked : Registration::none;
  if (!again) return;
  registration_pause_ = std::clamp(2 * registration_pause_, first_pause, pause_max);
  start(Timer::registration, now + registration_pause_);
}

}  // namespace muster::sip
