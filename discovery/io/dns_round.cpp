// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/dns_round.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include <netinet/in.h>

namespace muster::discovery {
namespace {

// RFC 1035, section 3.2.4, and RFC 2782
constexpr int class_internet = 1;
constexpr int type_srv = 33;

/// The DNS has answered: there is no such thing.
bool says_there_is_none(int status) { return status == ARES_ENODATA || status == ARES_ENOTFOUND; }

std::optional<IpAddress> address_of(const ares_addrinfo_node& node) {
  IpAddress address;
  if (node.ai_family == AF_INET &&
      node.ai_addrlen >= static_cast<ares_socklen_t>(sizeof(sockaddr_in))) {
    sockaddr_in in{};
    std::memcpy(&in, node.ai_addr, sizeof in);
    std::memcpy(address.octets.data(), &in.sin_addr, 4);
    return address;
  }
  if (node.ai_family == AF_INET6 &&
      node.ai_addrlen >= static_cast<ares_socklen_t>(sizeof(sockaddr_in6))) {
    sockaddr_in6 in{};
    std::memcpy(&in, node.ai_addr, sizeof in);
    address.v6 = true;
    std::memcpy(address.octets.data(), &in.sin6_addr, 16);
    return address;
  }
  return std::nullopt;
}

}  // namespace

DnsRound::DnsRound(asio::io_context& io, Limits limits, Question question,
                   const std::string& servers, Done done)
    : io_(io), limits_(limits), question_(std::move(question)), done_(std::move(done)) {
  auto channel = AresChannel::open(io, servers);
  if (channel) {
    channel_ = std::move(*channel);
    ask_service();
  } else {
    finish(tl::make_unexpected(channel.error()));
  }
}

DnsRound::~DnsRound() { done_ = nullptr; }

void DnsRound::ask_service() {
  const auto name = question_.service + '.' + question_.domain;
  ares_query(
      channel_->get(), name.c_str(), class_internet, type_srv,
      [](void* self, int status, int, unsigned char* reply, int octets) {
        static_cast<DnsRound*>(self)->service_told(status, reply, octets);
      },
      this);
  channel_->set_timer();
}

void DnsRound::service_told(int status, const unsigned char* reply, int octets) {
  if (status == ARES_EDESTRUCTION) return;
  if (says_there_is_none(status)) {
    return ask_addresses({{question_.domain, question_.port, 0, 0}});
  }
  ares_srv_reply* records = nullptr;
  if (status == ARES_SUCCESS) status = ares_parse_srv_reply(reply, octets, &records);
  if (status != ARES_SUCCESS) return failed(status);
  std::vector<Target> targets;
  for (const auto* record = records; record != nullptr; record = record->next) {
    // A target that is the root says: decidedly not here (RFC 2782).
    if (record->host == nullptr || *record->host == '\0') continue;
    targets.push_back({record->host, record->port, record->priority, record->weight});
  }
  ares_free_data(records);
  // All of them are tried in the end: weight only says who is dropped if they are too many.
  std::ranges::sort(targets, {}, [](const Target& each) {
    return std::tuple(each.priority, -int{each.weight}, each.host, each.port);
  });
  ask_addresses(std::move(targets));
}

void DnsRound::ask_addresses(std::vector<Target> targets) {
  if (targets.size() > limits_.targets_max) {
    answer_.left_out += targets.size() - limits_.targets_max;
    targets.resize(limits_.targets_max);
  }
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  waiting_ = targets.size();
  asking_ = true;  // an answer may come at once
  for (const auto& target : targets) {
    ares_getaddrinfo(
        channel_->get(), target.host.c_str(), nullptr, &hints,
        [](void* of, int status, int, ares_addrinfo* found) {
          const std::unique_ptr<AddressesOf> what{static_cast<AddressesOf*>(of)};
          if (status != ARES_EDESTRUCTION) what->round->addresses_told(what->port, status, found);
          if (found != nullptr) ares_freeaddrinfo(found);
        },
        std::make_unique<AddressesOf>(AddressesOf{this, target.port}).release());
  }
  asking_ = false;
  if (waiting_ == 0) return finish(std::move(answer_));
  channel_->set_timer();
}

void DnsRound::addresses_told(std::uint16_t port, int status, const ares_addrinfo* found) {
  --waiting_;
  if (status != ARES_SUCCESS && !says_there_is_none(status)) trouble_ = ares_strerror(status);
  std::size_t taken = 0;
  const auto* node = status == ARES_SUCCESS && found != nullptr ? found->nodes : nullptr;
  for (; node != nullptr; node = node->ai_next) {
    const auto address = address_of(*node);
    if (!address) continue;
    if (taken == limits_.addresses_max) {
      ++answer_.left_out;
      continue;
    }
    ++taken;
    answer_.endpoints.push_back({*address, port});
  }
  if (waiting_ > 0 || asking_) return;
  // Some of it is better than none.
  if (answer_.endpoints.empty() && !trouble_.empty()) return finish(fail(trouble_));
  finish(std::move(answer_));
}

void DnsRound::failed(int status) { finish(fail(ares_strerror(status))); }

/// Later: c-ares must not be ended from within.
void DnsRound::finish(Result<Answer> answer) {
  asio::post(io_, [this, alive = std::weak_ptr<bool>(alive_), answer = std::move(answer)] {
    if (alive.expired() || !done_) return;
    const auto done = std::exchange(done_, nullptr);
    done(answer);
  });
}

}  // namespace muster::discovery
