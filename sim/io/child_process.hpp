// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "core/base/result.hpp"
#include "sim/io/file_descriptor.hpp"

namespace muster::sim {

/// A program to run, and where. It dies with the thread that starts it.
struct Command {
  std::vector<std::string> arguments;  ///< the program first; looked up in PATH if it has no slash
  std::vector<std::pair<std::string, std::string>> environment = {};  ///< added to our own
  int network_namespace = -1;            ///< descriptor of one, or -1 for our own
  std::filesystem::path directory = {};  ///< working directory; empty for our own
};

/// A program that runs beside us. The destructor kills and collects it.
class ChildProcess {
 public:
  /// What the program prints goes to the end of `log`.
  [[nodiscard]] static Result<ChildProcess> start_logged(const Command& command,
                                                         const std::filesystem::path& log);
  /// What the program prints is read from `output()`, line by line as it appears: a pseudo
  /// terminal, since programs buffer what goes to a pipe.
  [[nodiscard]] static Result<ChildProcess> start_on_terminal(const Command& command);
  /// What the program prints on either stream is read from `output()`.
  [[nodiscard]] static Result<ChildProcess> start_piped(const Command& command);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int output() const { return output_.get(); }
  [[nodiscard]] bool running();
  /// The wait status once it has ended.
  [[nodiscard]] std::optional<int> status() const { return status_; }
  void signal(int number);
  /// Waits for its end; gives the exit code as Finished does.
  [[nodiscard]] int wait();
  /// SIGTERM, then SIGKILL if it is still there after `patience`; returns once it is gone.
  void end(std::chrono::milliseconds patience);
  /// Kills at once and collects.
  void kill();

 private:
  ChildProcess(pid_t pid, FileDescriptor output) : pid_(pid), output_(std::move(output)) {}
  bool collect(int options);

  pid_t pid_ = -1;
  FileDescriptor output_;
  std::optional<int> status_;
};

/// The end of a program that was run to its end.
struct Finished {
  int exit_code = -1;  ///< 128 + signal if it was killed by one, as the shell says it
  std::string output;  ///< both streams
};

/// Runs `command` to its end, or kills it after `patience`.
[[nodiscard]] Result<Finished> run(const Command& command, std::chrono::milliseconds patience);
/// All of them at the same time; the answers in the same order.
[[nodiscard]] std::vector<Result<Finished>> run_all(const std::vector<Command>& commands,
                                                    std::chrono::milliseconds patience);
/// As `run`, but a failure unless the exit code is 0; gives what was printed.
[[nodiscard]] Result<std::string> run_checked(const Command& command,
                                              std::chrono::milliseconds patience);

}  // namespace muster::sim
