// SPDX-License-Identifier: Apache-2.0
#include "core/wire/protobuf_codec.hpp"
#include "core/wire/records.pb.h"
#include "core/wire/sip_binding_record.hpp"

namespace muster::wire {
namespace {

constexpr std::size_t bytes_max = 1024;
constexpr std::uint32_t q_thousandths_max = 1000;

}  // namespace

Bytes encode(const SipBindingRecord& record) {
  proto::SipBindingRecord message;
  message.set_aor(record.aor);
  message.set_boot(record.boot);
  for (const auto& contact : record.contacts) {
    auto* added = message.add_contacts();
    added->set_q_thousandths(contact.q_thousandths);
    added->set_expires_s(static_cast<std::uint32_t>(contact.expires.count()));
  }
  message.set_instances(record.instances);
  for (const auto& phone : record.phones) {
    auto* added = message.add_phones();
    added->set_instance(phone.instance);
    added->set_age_s(static_cast<std::uint32_t>(phone.age.count()));
  }
  return serialise(message);
}

std::optional<SipBindingRecord> parse_sip_binding_record(BytesView bytes) {
  proto::SipBindingRecord message;
  if (!read(message, bytes, bytes_max) || message.aor().empty() ||
      message.aor().size() > SipBindingRecord::aor_bytes_max ||
      static_cast<std::size_t>(message.contacts_size()) > SipBindingRecord::contacts_max ||
      static_cast<std::size_t>(message.phones_size()) > SipBindingRecord::phones_max) {
    return std::nullopt;
  }
  SipBindingRecord record{message.aor(), message.boot(), {}, message.instances(), {}};
  for (const auto& contact : message.contacts()) {
    if (contact.q_thousandths() > q_thousandths_max) return std::nullopt;
    record.contacts.push_back({static_cast<std::uint16_t>(contact.q_thousandths()),
                               std::chrono::seconds{contact.expires_s()}});
  }
  for (const auto& phone : message.phones()) {
    record.phones.push_back({phone.instance(), std::chrono::seconds{phone.age_s()}});
  }
  return record;
}

}  // namespace muster::wire
