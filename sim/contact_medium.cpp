// SPDX-License-Identifier: Apache-2.0
#include "sim/contact_medium.hpp"

namespace muster::sim {

ContactMedium::ContactMedium(std::unique_ptr<RadioMedium> medium,
                             std::shared_ptr<const ContactTrace> trace, TimePoint start)
    : medium_(std::move(medium)), trace_(std::move(trace)), start_(start) {
  for (const auto& contact : trace_->contacts) medium_->connect(contact.a, contact.b, false);
  advance(start);
}

void ContactMedium::advance(TimePoint now) {
  for (auto next = next_contact(); next && *next <= now; next = next_contact()) {
    const auto& contact = trace_->contacts[used_++];
    medium_->connect(contact.a, contact.b, contact.up);
  }
  medium_->advance(now);
}

std::optional<TimePoint> ContactMedium::next_contact() const {
  if (used_ == trace_->contacts.size()) return std::nullopt;
  return start_ + trace_->contacts[used_].at;
}

}  // namespace muster::sim
