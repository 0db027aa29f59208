// SPDX-License-Identifier: Apache-2.0
#include "sim/io/child_process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>

namespace muster::sim {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> whole_environment(const Command& command) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  for (const auto& [name, value] : command.environment) {
    const std::string begins = name + "=";
    std::erase_if(all, [&](const auto& entry) { return entry.starts_with(begins); });
    all.push_back(name + "=" + value);
  }
  return all;
}

/// The file to execute: exec must not search PATH between fork and exec.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/sbin:/usr/bin:/sbin:/bin";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const auto candidate = fmt::format("{}/{}", rest.substr(0, colon), name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  }
  return name;
}

/// Forks and executes with `output` as both output streams. Between fork and exec only calls that
/// are safe after a fork of a program with threads.
Result<pid_t> spawn(const Command& command, int output) {
  auto arguments = command.arguments;
  auto environment = whole_environment(command);
  const auto program = find_program(arguments.front());
  const auto directory = command.directory.string();
  auto argv = pointers(arguments);
  auto envp = pointers(environment);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail(fmt::format("{}: cannot start it: {}", program, std::strerror(errno)));
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  // Ctrl-C at our terminal is for us alone: we end our children in order.
  ::setsid();
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (command.network_namespace >= 0 && ::setns(command.network_namespace, CLONE_NEWNET) != 0)
    ::_exit(126);
  if (!directory.empty() && ::chdir(directory.c_str()) != 0) ::_exit(126);
  ::execve(program.c_str(), argv.data(), envp.data());
  constexpr std::string_view sorry = "cannot execute this program\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, sorry.data(), sorry.size());
  ::_exit(127);
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Reads what is there; false at the end of the stream.
bool drain(int fd, std::string& into) {
  char buffer[8192];
  const auto got = ::read(fd, buffer, sizeof buffer);
  if (got > 0) into.append(buffer, static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

Result<ChildProcess> ChildProcess::start_logged(const Command& command,
                                                const std::filesystem::path& log) {
  const FileDescriptor file(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.valid()) return fail(fmt::format("{}: {}", log.string(), std::strerror(errno)));
  const auto pid = spawn(command, file.get());
  if (!pid) return tl::make_unexpected(pid.error());
  return ChildProcess(*pid, FileDescriptor{});
}

Result<ChildProcess> ChildProcess::start_on_terminal(const Command& command) {
  int master = -1;
  int slave = -1;
  if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) {
    return fail(
        fmt::format("{}: no pseudo terminal: {}", command.arguments.front(), std::strerror(errno)));
  }
  FileDescriptor ours(master);
  const FileDescriptor theirs(slave);
  termios settings{};
  ::tcgetattr(slave, &settings);
  ::cfmakeraw(&settings);
  ::tcsetattr(slave, TCSANOW, &settings);
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  ::fcntl(slave, F_SETFD, FD_CLOEXEC);
  ::fcntl(master, F_SETFL, O_NONBLOCK);
  const auto pid = spawn(command, slave);
  if (!pid) return tl::make_unexpected(pid.error());
  return ChildProcess(*pid, std::move(ours));
}

Result<ChildProcess> ChildProcess::start_piped(const Command& command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(fmt::format("no pipe: {}", std::strerror(errno)));
  FileDescriptor ours(ends[0]);
  const FileDescriptor theirs(ends[1]);
  const auto pid = spawn(command, theirs.get());
  if (!pid) return tl::make_unexpected(pid.error());
  return ChildProcess(*pid, std::move(ours));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::move(other.output_)),
      status_(other.status_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(output_, other.output_);
  std::swap(status_, other.status_);
  return *this;
}

ChildProcess::~ChildProcess() { kill(); }

bool ChildProcess::collect(int options) {
  if (pid_ < 0 || status_) return true;
  int status = 0;
  const auto got = ::waitpid(pid_, &status, options);
  if (got == 0 || (got < 0 && errno == EINTR)) return false;
  status_ = got > 0 ? status : 0;
  return true;
}

bool ChildProcess::running() { return !collect(WNOHANG); }

int ChildProcess::wait() {
  while (!collect(0)) {
  }
  return exit_code_of(status_.value_or(0));
}

void ChildProcess::signal(int number) {
  if (running()) ::kill(pid_, number);
}

void ChildProcess::end(std::chrono::milliseconds patience) {
  signal(SIGTERM);
  const auto until = Clock::now() + patience;
  while (running() && Clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  kill();
}

void ChildProcess::kill() {
  if (pid_ < 0 || status_) return;
  ::kill(pid_, SIGKILL);
  while (!collect(0)) {
  }
}

std::vector<Result<Finished>> run_all(const std::vector<Command>& commands,
                                      std::chrono::milliseconds patience) {
  struct Job {
    Result<ChildProcess> child;
    std::string output;
    bool open;
  };
  const auto until = Clock::now() + patience;
  std::vector<Job> jobs;
  for (const auto& command : commands) {
    auto child = ChildProcess::start_piped(command);
    const bool open = child.has_value();
    jobs.push_back({std::move(child), "", open});
  }
  while (Clock::now() < until) {
    std::vector<pollfd> waiting;
    for (const auto& job : jobs)
      waiting.push_back({job.open ? job.child->output() : -1, POLLIN, 0});
    if (std::none_of(jobs.begin(), jobs.end(), [](const auto& job) { return job.open; })) break;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    ::poll(waiting.data(), waiting.size(),
           static_cast<int>(std::max<std::int64_t>(left.count(), 1)));
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (waiting[i].revents != 0) jobs[i].open = drain(waiting[i].fd, jobs[i].output);
    }
  }
  std::vector<Result<Finished>> results;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    auto& job = jobs[i];
    if (!job.child) {
      results.emplace_back(tl::make_unexpected(job.child.error()));
    } else if (job.open) {
      results.emplace_back(
          fail(fmt::format("{}: gave no end within {} ms", fmt::join(commands[i].arguments, " "),
                           patience.count())));
    } else {
      while (job.child->running() && Clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
      job.child->kill();
      results.emplace_back(
          Finished{exit_code_of(job.child->status().value_or(0)), std::move(job.output)});
    }
  }
  return results;
}

Result<Finished> run(const Command& command, std::chrono::milliseconds patience) {
  return std::move(run_all({command}, patience).front());
}

Result<std::string> run_checked(const Command& command, std::chrono::milliseconds patience) {
  auto finished = run(command, patience);
  if (!finished) return tl::make_unexpected(finished.error());
  if (finished->exit_code == 0) return std::move(finished->output);
  auto said = finished->output;
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return fail(fmt::format("{}: exit code {}: {}", fmt::join(command.arguments, " "),
                          finished->exit_code, said));
}

}  // namespace muster::sim
