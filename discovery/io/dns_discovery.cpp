// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/dns_discovery.hpp"

#include <utility>

#include <fmt/format.h>

#include "discovery/service_table.hpp"

namespace muster::discovery {
namespace {

TimePoint steady_now() { return TimePoint{std::chrono::steady_clock::now().time_since_epoch()}; }

}  // namespace

DnsDiscovery::DnsDiscovery(asio::io_context& io, Config config, Handlers handlers)
    : io_(io),
      config_(std::move(config)),
      handlers_(std::move(handlers)),
      timer_(io),
      entrances_(config_.entrances, config_.seed) {
  entrances_.start(steady_now());
  carry_out();
}

void DnsDiscovery::carry_out() {
  while (const auto output = entrances_.poll()) {
    if (const auto* found = std::get_if<DnsEntrances::Found>(&*output)) {
      handlers_.found(found->endpoint);
    } else {
      ask();
    }
  }
  const auto due = entrances_.deadline();
  if (!due) return;
  timer_.expires_at(std::chrono::steady_clock::time_point{
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(due->time_since_epoch())});
  timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](ErrorCode error) {
    if (error || alive.expired()) return;
    entrances_.advance(steady_now());
    carry_out();
  });
}

void DnsDiscovery::ask() {
  round_ = std::make_unique<DnsRound>(
      io_, config_.round, DnsRound::Question{std::string{service_type}, config_.domain, usual_port},
      config_.servers, [this](const Result<DnsRound::Answer>& answer) { told(answer); });
}

void DnsDiscovery::told(const Result<DnsRound::Answer>& answer) {
  // What calls this is part of it.
  const auto over = std::exchange(round_, nullptr);
  if (!answer) {
    entrances_.failed(steady_now());
    say(false, fmt::format("dns: where nodes of {} are is not known: {}; it is asked again, unless "
                           "discovery.dns is \"off\"",
                           config_.domain, answer.error().sentence));
  } else {
    entrances_.answered(steady_now(), answer->endpoints, answer->left_out);
    const auto count = answer->endpoints.size();
    const auto where = count == 1 ? "one address" : fmt::format("{} addresses", count);
    say(count > 0, count == 0 ? fmt::format("dns: {} names no nodes", config_.domain)
                              : fmt::format("dns: {} names nodes at {}", config_.domain, where));
  }
  carry_out();
}

void DnsDiscovery::say(bool news, std::string text) {
  if (text == said_) return;
  said_ = std::move(text);
  handlers_.said(news, said_);
}

}  // namespace muster::discovery
