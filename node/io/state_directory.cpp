// SPDX-License-Identifier: Apache-2.0
#include "node/io/state_directory.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "security/io/private_file.hpp"

namespace muster::node {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t version_file_bytes_max = 32;
constexpr std::size_t owner_bytes_max = 31;

fs::path version_file(const fs::path& directory) { return directory / "VERSION"; }

tl::unexpected<Failure> about(const fs::path& directory, std::string_view reason) {
  return fail(fmt::format("state directory {}: {}", directory.string(), reason));
}

/// From before VERSION: others could look into a directory that somebody had made by hand.
Result<void> make_private(const fs::path& directory) {
  if (::chmod(directory.c_str(), 0700) == 0) return {};
  return about(directory, fmt::format("cannot be made private: {}; chown it to the user of musterd",
                                      std::strerror(errno)));
}

/// Step n leads from version n to n + 1; each must be harmless if a power cut makes it run twice.
constexpr std::array<Result<void> (*)(const fs::path&), state_version> migrations{make_private};

std::string owner_of(int lock) {
  std::array<char, owner_bytes_max + 1> text{};
  const ssize_t got = ::pread(lock, text.data(), owner_bytes_max, 0);
  std::string pid{text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  pid.erase(std::min(pid.find_first_not_of("0123456789"), pid.size()));
  return pid.empty() ? "another musterd" : "musterd with process number " + pid;
}

Result<int> take_lock(const fs::path& directory) {
  const fs::path file = directory / "lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) {
    const int reason = errno;
    if (reason == ENOENT) {
      return about(directory, fmt::format("there is none; install the node's kit with 'muster kit "
                                          "install FILE --state {}'",
                                          directory.string()));
    }
    return about(directory, fmt::format("cannot be written: {}; it must be writable and belong to "
                                        "the user of musterd",
                                        std::strerror(reason)));
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const std::string owner = owner_of(lock);
    ::close(lock);
    return about(directory,
                 owner + " uses it; stop that one or give this one another with --state");
  }
  // Only for whoever meets the lock: that nothing is written there does no harm.
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock, 0) != 0 ||
      ::pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    errno = 0;
  }
  return lock;
}

Result<void> write_version(const fs::path& directory, unsigned version) {
  const std::string text = fmt::format("{}\n", version);
  return security::write_file_atomically(version_file(directory), as_bytes(text),
                                         security::mode_private);
}

Result<void> bring_up_to_date(const fs::path& directory) {
  const auto found = StateDirectory::version_of(directory);
  if (!found) return tl::make_unexpected(found.error());
  if (*found > state_version) {
    return about(directory,
                 fmt::format("it was written by a newer Muster (version {}, this one knows {}); "
                             "install that again, or bring back a copy of the directory",
                             *found, state_version));
  }
  for (unsigned version = *found; version < state_version; ++version) {
    if (auto done = migrations[version](directory); !done) return done;
    if (auto written = write_version(directory, version + 1); !written) return written;
  }
  return {};
}

}  // namespace

Result<unsigned> StateDirectory::version_of(const fs::path& path) {
  std::error_code trouble;
  const bool there = fs::exists(version_file(path), trouble);
  if (trouble) {
    return about(path, fmt::format("cannot be read: {}; call as the user of musterd or with sudo",
                                   trouble.message()));
  }
  if (!there) return 0u;
  const auto bytes = security::read_whole_file(version_file(path), version_file_bytes_max);
  if (!bytes) return tl::make_unexpected(bytes.error());
  const std::string text{bytes->begin(), bytes->end()};
  unsigned version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  const std::string_view rest{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  if (error != std::errc{} || version == 0 || rest.find_first_not_of("\n") != rest.npos) {
    return about(path, "its file VERSION is damaged; bring back a copy of the directory");
  }
  return version;
}

Result<StateDirectory> StateDirectory::open(const fs::path& path) {
  const auto lock = take_lock(path);
  if (!lock) return tl::make_unexpected(lock.error());
  StateDirectory directory{*lock};
  if (auto done = bring_up_to_date(path); !done) return tl::make_unexpected(done.error());
  return directory;
}

StateDirectory::~StateDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
    : lock_(std::exchange(other.lock_, -1)) {}

}  // namespace muster::node
