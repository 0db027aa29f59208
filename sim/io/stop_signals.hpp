// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/io/event_loop.hpp"
#include "sim/io/file_descriptor.hpp"

namespace muster::sim {

/// From its construction on, Ctrl-C and its kin (SIGINT, SIGTERM, SIGHUP) stop the loop instead of
/// ending the program, and what follows tidies up. They stay blocked for the calling thread and
/// those it starts. Outlives neither the loop nor its own address.
class StopSignals {
 public:
  explicit StopSignals(EventLoop& loop);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  [[nodiscard]] bool came() const { return came_; }

 private:
  EventLoop& loop_;
  FileDescriptor descriptor_;
  bool came_ = false;
};

}  // namespace muster::sim
