// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/io/child_process.hpp"
#include "sim/io/event_loop.hpp"

namespace muster::sim {

/// Runs one process for each of many seeds, some at a time, in the order given. What is still
/// running when this goes is killed; and so it is if we are killed.
class SeedRuns {
 public:
  struct Settings {
    std::vector<std::uint64_t> seeds;
    std::size_t jobs = 1;  ///< processes at a time
    std::function<Command(std::uint64_t seed)> command;
  };
  struct Ended {
    std::uint64_t seed = 0;
    int exit_code = 0;   ///< 128 + signal if it was killed by one, as the shell says it
    std::string output;  ///< what it printed on both streams: the last `output_bytes_max`
  };
  static constexpr std::size_t output_bytes_max = 16 * 1024 * 1024;

  /// `on_ended` hears of each run as it ends; it may call `cancel`. When there is no more to do the
  /// loop is stopped.
  SeedRuns(EventLoop& loop, Settings settings, std::function<void(const Ended&)> on_ended);
  ~SeedRuns();
  SeedRuns(const SeedRuns&) = delete;
  SeedRuns& operator=(const SeedRuns&) = delete;

  void start();
  /// Kills what is running and starts no more.
  void cancel();
  [[nodiscard]] std::size_t running() const { return running_.size(); }

 private:
  struct Running {
    ChildProcess process;
    std::string output;
  };

  void fill();
  void read(std::uint64_t seed);
  void end(std::uint64_t seed, int exit_code, std::string output);

  EventLoop& loop_;
  Settings settings_;
  std::function<void(const Ended&)> on_ended_;
  std::size_t next_ = 0;
  std::map<std::uint64_t, Running> running_;
};

}  // namespace muster::sim
