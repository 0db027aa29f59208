// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.hpp"
#include "core/ports/state_store.hpp"
#include "sip/edge.hpp"

namespace muster::node {

/// Has the registrations of an edge survive a restart, so that a phone can be called at once and
/// not only when it registers again, up to an hour later.
class RegistrationKeeper {
 public:
  explicit RegistrationKeeper(ports::StateStore& store) : store_(store) {}

  /// Hands the edge what was kept. False if that is damaged; then it is as if nothing were there.
  bool restore(TimePoint now, sip::Edge& edge);
  /// After anything was done to the edge.
  void look(TimePoint now, const sip::Edge& edge);
  /// Writes what is due.
  void advance(TimePoint now, const sip::Edge& edge);
  [[nodiscard]] std::optional<TimePoint> deadline() const { return write_at_; }
  [[nodiscard]] std::uint64_t store_failures() const { return store_failures_; }

 private:
  ports::StateStore& store_;
  std::uint64_t revision_ = 0;  ///< as written
  std::optional<TimePoint> write_at_;
  TimePoint written_at_{};
  std::uint64_t store_failures_ = 0;
};

}  // namespace muster::node
