// SPDX-License-Identifier: Apache-2.0
#include "node/registration_keeper.hpp"

#include <algorithm>

namespace muster::node {
namespace {

constexpr std::string_view registrations_key = "registrations";
// A phone just registered is on disk before a person has put it down; phones that only register
// again, one after another, do not wear out a flash disk.
constexpr std::chrono::milliseconds gather_for{100};
constexpr std::chrono::seconds pause_between_writes{1};

}  // namespace

bool RegistrationKeeper::restore(TimePoint now, sip::Edge& edge) {
  const auto kept = store_.find(registrations_key);
  const bool whole = !kept || edge.restore_registrations(now, *kept);
  revision_ = edge.registrations_revision();
  return whole;
}

void RegistrationKeeper::look(TimePoint now, const sip::Edge& edge) {
  if (write_at_ || edge.registrations_revision() == revision_) return;
  write_at_ = std::max(now + gather_for, written_at_ + pause_between_writes);
}

void RegistrationKeeper::advance(TimePoint now, const sip::Edge& edge) {
  if (!write_at_ || *write_at_ > now) return;
  write_at_.reset();
  written_at_ = now;
  if (store_.put(registrations_key, edge.registrations(now))) {
    revision_ = edge.registrations_revision();
  } else {
    ++store_failures_;
  }
  look(now, edge);  // tried again after the pause if it failed
}

}  // namespace muster::node
