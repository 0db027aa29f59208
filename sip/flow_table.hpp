// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "sip/phone_address.hpp"
#include "sip/uri.hpp"

namespace muster::sip {

/// Where the phone behind a Contact is: learned from the requests and responses of phones that
/// have proven who they are, so that requests within a dialog find a phone behind a NAT, or one
/// that never registered. Only what is in here or registered is ever sent a request: no node of the
/// mesh can make us send to an address of its choice.
class FlowTable {
 public:
  explicit FlowTable(std::size_t flows_max) : flows_max_(flows_max) {}

  /// A message with that Contact came from `source`.
  void learn(const Uri& contact, const PhoneAddress& source);
  [[nodiscard]] std::optional<PhoneAddress> find(const Uri& contact) const;
  /// Whether a phone's messages have come from there.
  [[nodiscard]] bool knows(const PhoneAddress& source) const;
  /// The connection from there has ended.
  void forget(const PhoneAddress& source);

 private:
  struct Flow {
    std::string key;
    Uri contact;
    PhoneAddress source;
  };
  std::size_t flows_max_;
  std::list<Flow> flows_;  // the latest first
  std::unordered_map<std::string, std::list<Flow>::iterator> by_contact_;
};

}  // namespace muster::sip
