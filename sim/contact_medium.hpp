// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/contact_trace.hpp"
#include "sim/radio_medium.hpp"

namespace muster::sim {

/// A matrix whose hosts hear each other only while a trace says that they have met.
class ContactMedium final : public Medium {
 public:
  /// `medium` has a path for every pair that ever meets. `start`: of the trace.
  ContactMedium(std::unique_ptr<RadioMedium> medium, std::shared_ptr<const ContactTrace> trace,
                TimePoint start);

  bool transmit(TimePoint now, HostIndex from, std::optional<HostIndex> to, Bytes frame) override {
    advance(now);
    return medium_->transmit(now, from, to, std::move(frame));
  }
  void partition(const std::vector<std::vector<HostIndex>>& groups) override {
    medium_->partition(groups);
  }
  void heal() override { medium_->heal(); }
  void set_loss(double rate, std::optional<std::pair<HostIndex, HostIndex>> between) override {
    medium_->set_loss(rate, between);
  }
  void move(TimePoint, HostIndex, Position) override {}

  void advance(TimePoint now) override;
  [[nodiscard]] std::optional<Arrival> poll() override { return medium_->poll(); }
  [[nodiscard]] std::optional<TimePoint> deadline() const override {
    return earlier(next_contact(), medium_->deadline());
  }

  [[nodiscard]] const Counters& counters() const override { return medium_->counters(); }
  [[nodiscard]] Duration airtime(HostIndex host) const override { return medium_->airtime(host); }
  [[nodiscard]] std::vector<unsigned> components(const std::vector<bool>& alive) const override {
    return medium_->components(alive);
  }

 private:
  [[nodiscard]] std::optional<TimePoint> next_contact() const;

  std::unique_ptr<RadioMedium> medium_;
  std::shared_ptr<const ContactTrace> trace_;
  TimePoint start_;
  std::size_t used_ = 0;
};

}  // namespace muster::sim
