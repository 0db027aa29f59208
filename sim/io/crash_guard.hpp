// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include <sys/types.h>

#include "sim/io/file_descriptor.hpp"

namespace muster::sim {

/// Kills what runs in the network namespaces `RUN-*` and removes them. Everything else is left
/// alone.
void remove_namespaces(const std::string& run);

/// Removes the namespaces of runs whose process is gone: those named "mstPID-N" where PID is no
/// muster-sim any more.
void remove_stale_runs();

/// "mstPID" for this process.
[[nodiscard]] std::string run_name();

/// A child process that waits for our end. If we end without `disarm`, by whatever signal, it
/// removes the run's namespaces, what runs in them, and `scratch` (if not empty). Start it while
/// this process has one thread.
class CrashGuard {
 public:
  CrashGuard(std::string run, std::filesystem::path scratch);
  ~CrashGuard();
  CrashGuard(const CrashGuard&) = delete;
  CrashGuard& operator=(const CrashGuard&) = delete;

  /// All is tidy: the guard goes home.
  void disarm();

 private:
  FileDescriptor line_;
  pid_t pid_ = -1;
};

}  // namespace muster::sim
