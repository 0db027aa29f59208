// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "sim/convergence.hpp"
#include "sim/io/event_loop.hpp"

namespace muster::sim {

/// Asks running nodes for their status and routes through the command `muster`, in a thread of its
/// own, all at the same time.
class NodeProbe {
 public:
  struct Target {
    std::string name;
    std::string control;  ///< URI of its control socket
    bool ask = true;
  };
  struct Answer {
    TimePoint asked;
    std::vector<NodeView> views;  ///< in the order of the targets
    std::vector<std::uint64_t> messages_waiting;
  };

  NodeProbe(EventLoop& loop, std::filesystem::path muster)
      : loop_(loop), muster_(std::move(muster)) {}
  ~NodeProbe();
  NodeProbe(const NodeProbe&) = delete;
  NodeProbe& operator=(const NodeProbe&) = delete;

  /// One round; `done` runs on the loop. False if the last round is not over yet.
  bool ask(std::vector<Target> targets, std::function<void(const Answer&)> done);

 private:
  [[nodiscard]] Answer round(const std::vector<Target>& targets) const;

  EventLoop& loop_;
  std::filesystem::path muster_;
  std::thread thread_;
  bool busy_ = false;
};

}  // namespace muster::sim
