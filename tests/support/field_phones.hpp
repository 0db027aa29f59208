// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>

#include "tests/support/field_network.hpp"
#include "tests/support/sip_phone.hpp"

namespace muster::test {

/// Scripted phones at the nodes of a FieldNetwork: one per user, at the user's home node.
class FieldPhones {
 public:
  explicit FieldPhones(FieldNetwork& network) : network_(network) {}

  SipPhone& at(std::size_t host) {
    auto& place = phones_[host];
    if (!place) {
      const std::string user = TestOverlay::user(host);
      const IpEndpoint own{{false, {10, 0, 1, static_cast<std::uint8_t>(host + 1)}, 0}, 5060};
      place = std::make_unique<SipPhone>(user, network_.overlay.overlay, own,
                                         FieldNetwork::node_address(host), "secret-" + user);
      network_.on_phone(host, [this, host](const node::FieldNode::SendPhone& send) {
        phones_[host]->receive(network_.now(), send.message);
        pump(host);
      });
    }
    return *place;
  }
  /// Whatever `action` makes the phone want is carried out.
  template <typename Action>
  void tell(std::size_t host, Action action) {
    action(at(host), network_.now());
    pump(host);
  }
  void register_all(std::size_t hosts) {
    for (std::size_t i = 0; i < hosts; ++i) {
      tell(i, [](SipPhone& phone, TimePoint now) { phone.register_at(now); });
    }
  }

 private:
  void pump(std::size_t host) {
    SipPhone& phone = *phones_[host];
    while (auto message = phone.poll()) {
      // Not at once: a phone that writes from within a callback would re-enter the node.
      network_.after(std::chrono::microseconds{100}, [this, host, bytes = std::move(*message)] {
        network_.from_phone(host, phones_[host]->own(), bytes);
      });
    }
    wake(host);
  }
  void wake(std::size_t host) {
    const auto due = phones_[host]->deadline();
    if (!due || (armed_[host] && *armed_[host] <= *due)) return;
    armed_[host] = *due;
    const Duration wait = *due > network_.now() ? *due - network_.now() : Duration::zero();
    network_.after(wait, [this, host] {
      armed_[host].reset();
      phones_[host]->advance(network_.now());
      pump(host);
    });
  }

  FieldNetwork& network_;
  std::map<std::size_t, std::unique_ptr<SipPhone>> phones_;
  std::map<std::size_t, std::optional<TimePoint>> armed_;
};

}  // namespace muster::test
