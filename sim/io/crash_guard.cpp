// SPDX-License-Identifier: Apache-2.0
#include "sim/io/crash_guard.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace muster::sim {
namespace {

namespace fs = std::filesystem;
const fs::path namespaces = "/run/netns";
constexpr std::string_view prefix = "mst";

std::optional<pid_t> as_pid(std::string_view text) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc{} || end != text.data() + text.size() || pid <= 0) return std::nullopt;
  return pid;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  return names;
}

/// The processes whose network namespace has one of these inode numbers.
std::vector<pid_t> processes_in(const std::set<ino_t>& inodes) {
  std::vector<pid_t> pids;
  for (const auto& name : names_in("/proc")) {
    const auto pid = as_pid(name);
    struct stat status {};
    if (pid && ::stat(fmt::format("/proc/{}/ns/net", *pid).c_str(), &status) == 0 &&
        inodes.contains(status.st_ino)) {
      pids.push_back(*pid);
    }
  }
  return pids;
}

bool is_muster_sim(pid_t pid) {
  std::string name;
  std::getline(std::ifstream(fmt::format("/proc/{}/comm", pid)), name);
  return name.starts_with("muster-sim");
}

void guard(int line, const std::string& run, const fs::path& scratch) {
  ::setsid();
  ::prctl(PR_SET_NAME, "muster-sim-grd");
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_IGN);
  char order = 0;
  while (::read(line, &order, 1) < 0 && errno == EINTR) {
  }
  if (order == 'q') ::_exit(0);
  remove_namespaces(run);
  std::error_code ignored;
  if (!scratch.empty()) fs::remove_all(scratch, ignored);
  ::_exit(0);
}

}  // namespace

std::string run_name() { return fmt::format("{}{}", prefix, ::getpid()); }

void remove_namespaces(const std::string& run) {
  std::set<ino_t> inodes;
  std::vector<fs::path> paths;
  for (const auto& name : names_in(namespaces)) {
    if (!name.starts_with(run + "-")) continue;
    struct stat status {};
    const auto path = namespaces / name;
    if (::stat(path.c_str(), &status) == 0) inodes.insert(status.st_ino);
    paths.push_back(path);
  }
  // Whoever forks while it is killed is found by the next look.
  for (int look = 0; look < 20 && !inodes.empty(); ++look) {
    const auto pids = processes_in(inodes);
    if (pids.empty()) break;
    for (const auto pid : pids) ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  for (const auto& path : paths) {
    ::umount2(path.c_str(), MNT_DETACH);
    ::unlink(path.c_str());
  }
}

void remove_stale_runs() {
  std::set<std::string> stale;
  for (const auto& name : names_in(namespaces)) {
    const auto dash = name.find('-');
    if (!name.starts_with(prefix) || dash == std::string::npos) continue;
    const auto run = name.substr(0, dash);
    const auto pid = as_pid(std::string_view(run).substr(prefix.size()));
    if (pid && !is_muster_sim(*pid)) stale.insert(run);
  }
  for (const auto& run : stale) remove_namespaces(run);
}

CrashGuard::CrashGuard(std::string run, std::filesystem::path scratch) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  FileDescriptor theirs(ends[0]);
  line_ = FileDescriptor(ends[1]);
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) {
    line_.reset();
    guard(theirs.get(), run, scratch);
  }
}

CrashGuard::~CrashGuard() {
  // Without disarm this is the end of the line, and the guard does its work.
  line_.reset();
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
}

void CrashGuard::disarm() { [[maybe_unused]] const auto written = ::write(line_.get(), "q", 1); }

}  // namespace muster::sim
