// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/base/ids.hpp"
#include "core/base/link_address.hpp"

namespace muster::overlay {

/// A node and where it is said to be: enough to ask it something without a session.
struct Contact {
  NodeId id;
  LinkPath path;
  friend bool operator==(const Contact&, const Contact&) = default;
};

/// Count, then id and address of each. Links are numbered by each node for itself: who reads it
/// takes them to be reachable over the link by which the message came, and sets it.
inline void write(ByteWriter& out, const std::vector<Contact>& contacts) {
  out.u8(static_cast<std::uint8_t>(contacts.size()));
  for (const auto& each : contacts) out.raw(each.id.view()).block8(each.path.address.octets);
}

/// Addresses that are no IP addresses are left out.
inline std::vector<Contact> read_contacts(ByteReader& in) {
  std::vector<Contact> contacts;
  for (unsigned left = in.u8(); left > 0 && !in.failed(); --left) {
    Contact contact;
    contact.id = in.id<NodeId>();
    contact.path.address.octets = to_bytes(in.block8());
    if (!in.failed() && contact.path.address.as_ip()) contacts.push_back(std::move(contact));
  }
  return contacts;
}

}  // namespace muster::overlay
