// SPDX-License-Identifier: Apache-2.0
#include "sim/nat_box.hpp"

namespace muster::sim {
namespace {

/// RFC 6056, 3.2: from above the well-known ones to the last.
constexpr std::uint16_t first_port = 1024;
constexpr std::uint64_t port_count = 65536 - first_port;

}  // namespace

std::optional<IpEndpoint> NatBox::outbound(TimePoint now, const IpEndpoint& inside,
                                           const IpEndpoint& remote) {
  const Session session{inside, remote};
  auto use = sessions_.find(session);
  if (use == sessions_.end() || use->second.until <= now) {
    forget(now);
    if (sessions_.size() >= limits_.sessions_max) return std::nullopt;
    const auto port = port_for(session).value_or(free_port(inside.port));
    use = sessions_.insert_or_assign(session, Use{port, now}).first;
    by_port_[{port, remote}] = inside;
  }
  use->second.until = now + limits_.mapping_life;
  return IpEndpoint{outside_, use->second.port};
}

std::optional<IpEndpoint> NatBox::inbound(TimePoint now, const IpEndpoint& remote,
                                          std::uint16_t port) {
  const auto inside = by_port_.find({port, remote});
  if (inside != by_port_.end() && sessions_.at({inside->second, remote}).until > now)
    return inside->second;
  return std::nullopt;
}

void NatBox::forget(TimePoint now) {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    if (it->second.until > now) {
      ++it;
      continue;
    }
    by_port_.erase({it->second.port, it->first.second});
    it = sessions_.erase(it);
  }
}

/// The port that the host inside already has, where it does not depend on whom it talks to.
std::optional<std::uint16_t> NatBox::port_for(const Session& session) {
  if (kind_ == Nat::symmetric) return std::nullopt;
  const auto same_host = sessions_.lower_bound({session.first, IpEndpoint{}});
  if (same_host == sessions_.end() || same_host->first.first != session.first) return std::nullopt;
  return same_host->second.port;
}

std::uint16_t NatBox::free_port(std::uint16_t wanted) {
  auto port = kind_ == Nat::symmetric ? std::uint16_t{0} : wanted;
  while (port < first_port || is_used(port))
    port = static_cast<std::uint16_t>(first_port + random_.below(port_count));
  return port;
}

bool NatBox::is_used(std::uint16_t port) const {
  const auto first = by_port_.lower_bound({port, IpEndpoint{}});
  return first != by_port_.end() && first->first.first == port;
}

}  // namespace muster::sim
