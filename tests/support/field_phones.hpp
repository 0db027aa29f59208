// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>

#include "tests/support/field_network.hpp"
#include "tests/support/sip_phone.hpp"

namespace muster::test {

/// Scripted phones at the nodes of a FieldNetwork: one per user, at the user's home node, and
/// whatever is added.
class FieldPhones {
 public:
  explicit FieldPhones(FieldNetwork& network) : network_(network) {}

  /// The phone of the user whose first home that host is, made at the first call.
  SipPhone& at(std::size_t host) {
    if (!places_.contains(host)) add(host, host, TestOverlay::user(host));
    return *places_.at(host).phone;
  }
  /// One more phone of `user`, at any host; its number is for tell() and phone().
  std::size_t add_at(std::size_t host, const std::string& user) {
    const std::size_t number = first_added + added_++;
    add(number, host, user);
    return number;
  }
  SipPhone& phone(std::size_t number) {
    return number < first_added ? at(number) : *places_.at(number).phone;
  }
  /// Whatever `action` makes the phone want is carried out.
  template <typename Action>
  void tell(std::size_t number, Action action) {
    action(phone(number), network_.now());
    pump(number);
  }
  void register_all(std::size_t hosts) {
    for (std::size_t i = 0; i < hosts; ++i) {
      tell(i, [](SipPhone& phone, TimePoint now) { phone.register_at(now); });
    }
  }

 private:
  static constexpr std::size_t first_added = 100;
  struct Place {
    std::size_t host;
    std::unique_ptr<SipPhone> phone;
    std::optional<TimePoint> armed;
  };

  void add(std::size_t number, std::size_t host, const std::string& user) {
    const IpEndpoint own{{false, {10, 0, 1, static_cast<std::uint8_t>(number + 1)}, 0}, 5060};
    places_[number] = {
        host,
        std::make_unique<SipPhone>(user, network_.overlay.overlay, own,
                                   FieldNetwork::node_address(host), "secret-" + user),
        {}};
    network_.on_phone(host, [this](const node::FieldNode::SendPhone& send) {
      for (auto& [its_number, place] : places_) {
        if (place.phone->own() != send.to.endpoint) continue;
        place.phone->receive(network_.now(), send.message);
        pump(its_number);
      }
    });
  }
  void pump(std::size_t number) {
    Place& place = places_.at(number);
    while (auto message = place.phone->poll()) {
      // Not at once: a phone that writes from within a callback would re-enter the node.
      network_.after(std::chrono::microseconds{100}, [this, &place, bytes = std::move(*message)] {
        network_.from_phone(place.host, place.phone->own(), bytes);
      });
    }
    wake(number);
  }
  void wake(std::size_t number) {
    Place& place = places_.at(number);
    const auto due = place.phone->deadline();
    if (!due || (place.armed && *place.armed <= *due)) return;
    place.armed = *due;
    const Duration wait = *due > network_.now() ? *due - network_.now() : Duration::zero();
    network_.after(wait, [this, number] {
      Place& woken = places_.at(number);
      woken.armed.reset();
      woken.phone->advance(network_.now());
      pump(number);
    });
  }

  FieldNetwork& network_;
  std::map<std::size_t, Place> places_;
  std::size_t added_ = 0;
};

}  // namespace muster::test
