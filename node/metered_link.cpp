// SPDX-License-Identifier: Apache-2.0
#include "node/metered_link.hpp"

#include <algorithm>

#include "security/datagram_type.hpp"

namespace muster::node {
namespace {

/// Only what is said anew when it gets no answer: the newer says all that the older did.
bool replaces(const MeteredLink::Datagram& newer, const MeteredLink::Datagram& older) {
  const std::uint8_t type = newer.octets.front();
  return type < static_cast<std::uint8_t>(security::DatagramType::piece) &&
         type == older.octets.front() && newer.to == older.to;
}

}  // namespace

void MeteredLink::submit(Datagram datagram) {
  const auto older = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const Datagram& one) { return replaces(datagram, one); });
  if (older != waiting_.end()) {
    datagram.since = older->since;
    *older = std::move(datagram);
    return;
  }
  if (waiting_.size() >= limits_.waiting_max) {
    ++dropped_;
    const auto lowest = std::min_element(
        waiting_.begin(), waiting_.end(),
        [](const Datagram& a, const Datagram& b) { return a.precedence < b.precedence; });
    if (lowest->precedence >= datagram.precedence) return;
    waiting_.erase(lowest);
  }
  waiting_.push_back(std::move(datagram));
}

void MeteredLink::forget_old(TimePoint now) {
  dropped_ += std::erase_if(
      waiting_, [&](const Datagram& one) { return now - one.since > limits_.kept_for; });
}

std::deque<MeteredLink::Datagram>::const_iterator MeteredLink::next() const {
  // The first of several: max_element takes the first of equals.
  return std::max_element(
      waiting_.begin(), waiting_.end(),
      [](const Datagram& a, const Datagram& b) { return a.precedence < b.precedence; });
}

std::optional<Precedence> MeteredLink::waiting() const {
  return waiting_.empty() ? std::nullopt : std::optional{next()->precedence};
}

MeteredLink::Datagram MeteredLink::take() {
  const auto chosen = next();
  Datagram datagram = *chosen;
  waiting_.erase(chosen);
  return datagram;
}

}  // namespace muster::node
