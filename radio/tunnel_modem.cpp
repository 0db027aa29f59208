// SPDX-License-Identifier: Apache-2.0
#include "radio/tunnel_modem.hpp"

#include <algorithm>
#include <array>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::radio {
namespace {

/// "MUSTER", a zero, and the version.
constexpr std::array<std::uint8_t, 8> greeting{'M', 'U', 'S', 'T', 'E', 'R', 0, 1};
constexpr std::size_t length_bytes = 2;

}  // namespace

void TunnelModem::opened(TimePoint now) {
  state_ = State::greeting;
  greeting_until_ = now + limits_.greeting_patience;
  unread_.clear();
  outputs_.clear();
  outputs_.emplace_back(Write{{greeting.begin(), greeting.end()}});
}

void TunnelModem::fail(std::string why) {
  ++counters_.malformed;
  state_ = State::failed;
  greeting_until_.reset();
  unread_.clear();
  outputs_.emplace_back(Failed{std::move(why)});
}

bool TunnelModem::take_greeting() {
  const std::size_t there = std::min(unread_.size(), greeting.size());
  if (!std::equal(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(there),
                  greeting.begin())) {
    fail("what answers there is not a tunnel of this version of Muster");
    return false;
  }
  if (there < greeting.size()) return false;
  unread_.erase(unread_.begin(), unread_.begin() + greeting.size());
  state_ = State::open;
  greeting_until_.reset();
  outputs_.emplace_back(Ready{});
  return true;
}

void TunnelModem::receive(TimePoint, BytesView octets) {
  if (state_ == State::failed) return;
  append(unread_, octets);
  if (state_ == State::greeting && !take_greeting()) return;
  BytesView rest = unread_;
  while (rest.size() >= length_bytes) {
    const std::size_t size = ByteReader{rest}.u16();
    if (size == 0 || size > limits_.datagram_bytes_max) {
      fail("a frame of the tunnel is empty or too long");
      return;
    }
    if (rest.size() < length_bytes + size) break;
    outputs_.emplace_back(Received{peer_, to_bytes(rest.subspan(length_bytes, size)), {}});
    rest = rest.subspan(length_bytes + size);
  }
  unread_ = to_bytes(rest);
}

void TunnelModem::send(TimePoint, const std::optional<LinkAddress>& to, BytesView datagram) {
  if (state_ != State::open || (to && *to != peer_) || datagram.empty() ||
      datagram.size() > limits_.datagram_bytes_max) {
    ++counters_.refused;
    return;
  }
  outputs_.emplace_back(Write{ByteWriter{}.block16(datagram).take()});
}

void TunnelModem::advance(TimePoint now) {
  if (greeting_until_ && now >= *greeting_until_) fail("nobody there greets as Muster does");
}

std::optional<Modem::Output> TunnelModem::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

}  // namespace muster::radio
