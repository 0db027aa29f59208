// SPDX-License-Identifier: Apache-2.0
#include "node/io/service_manager.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

namespace muster::node {
namespace {

/// sd_watchdog_enabled(3) advises half of the time that the unit allows.
constexpr unsigned feeds_per_watchdog = 2;

}  // namespace

void ServiceManager::ready(const std::string& status) {
  sd_notify(0, fmt::format("READY=1\nSTATUS={}", status).c_str());
  std::uint64_t watchdog_us = 0;
  if (sd_watchdog_enabled(0, &watchdog_us) <= 0) return;
  interval_ = std::chrono::microseconds{watchdog_us / feeds_per_watchdog};
  feed();
}

void ServiceManager::status(const std::string& status) {
  sd_notify(0, ("STATUS=" + status).c_str());
}

void ServiceManager::stopping() {
  timer_.cancel();
  sd_notify(0, "STOPPING=1");
}

void ServiceManager::feed() {
  sd_notify(0, "WATCHDOG=1");
  timer_.expires_after(interval_);
  timer_.async_wait([this](ErrorCode error) {
    if (!error) feed();
  });
}

}  // namespace muster::node
