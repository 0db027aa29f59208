// SPDX-License-Identifier: Apache-2.0
#include "security/io/private_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace muster::security {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }

 private:
  int number_;
};

enum class Doing { read, write, open, lock };

const char* word(Doing doing) {
  switch (doing) {
    case Doing::read:
      return "read";
    case Doing::write:
      return "write";
    case Doing::open:
      return "open";
    case Doing::lock:
      break;
  }
  return "lock";
}

const char* remedy(int error, Doing doing) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "; call as the user that owns it, or with sudo";
    case ENOENT:
      return doing == Doing::write ? "; make its folder first, or choose another"
                                   : "; is that the right name?";
    case EISDIR:
      return "; name a file";
    case EROFS:
      return "; choose a place that can be written";
    case ENOSPC:
    case EDQUOT:
      return "; make room on that disk";
    default:
      return "";
  }
}

tl::unexpected<Failure> system_failure(const std::filesystem::path& path, Doing doing) {
  return fail(fmt::format("{}: cannot {}: {}{}", path.string(), word(doing), std::strerror(errno),
                          remedy(errno, doing)));
}

bool write_all(int descriptor, BytesView contents) {
  while (!contents.empty()) {
    const ssize_t written = ::write(descriptor, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    contents = contents.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

std::filesystem::path parent_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
}

/// Makes a rename or a new file in `directory` survive a power cut.
bool sync_directory(const std::filesystem::path& directory) {
  const Descriptor opened{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return opened.open() && ::fsync(opened.number()) == 0;
}

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max,
                        bool must_be_private) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status {};
  if (!file.open() || ::fstat(file.number(), &status) != 0) {
    return system_failure(path, Doing::read);
  }
  if (must_be_private && (status.st_mode & 0077) != 0) {
    return fail(
        fmt::format("{0}: others may read it (mode {1:04o}) though it holds private keys; "
                    "call chmod 600 {0}",
                    path.string(), status.st_mode & 07777));
  }
  Bytes contents;
  Bytes block(64 * 1024);
  for (;;) {
    const ssize_t got = ::read(file.number(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure(path, Doing::read);
    if (got == 0) return contents;
    append(contents, BytesView{block}.first(static_cast<std::size_t>(got)));
    if (contents.size() > bytes_max) {
      return fail(fmt::format("{}: longer than {} octets; is it the right file?", path.string(),
                              bytes_max));
    }
  }
}

}  // namespace

Result<void> write_file_atomically(const std::filesystem::path& path, BytesView contents,
                                   mode_t mode) {
  std::string temporary = path.string() + ".XXXXXX";
  const Descriptor file{::mkostemp(temporary.data(), O_CLOEXEC)};  // with mode 0600
  if (!file.open()) return system_failure(path, Doing::write);
  if (write_all(file.number(), contents) && ::fchmod(file.number(), mode) == 0 &&
      ::fsync(file.number()) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0 &&
      sync_directory(parent_of(path))) {
    return {};
  }
  const int reason = std::exchange(errno, 0);
  ::unlink(temporary.c_str());
  errno = reason;
  return system_failure(path, Doing::write);
}

Result<Bytes> read_whole_file(const std::filesystem::path& path, std::size_t bytes_max) {
  return read_file(path, bytes_max, false);
}

Result<Bytes> read_private_file(const std::filesystem::path& path, std::size_t bytes_max) {
  return read_file(path, bytes_max, true);
}

Result<void> make_private_directory(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(parent_of(path), error);
  if (!error && (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST)) {
    if (std::filesystem::is_directory(path, error)) return {};
    return fail(fmt::format("{}: there is a file of that name; choose another", path.string()));
  }
  const int reason = error ? error.value() : errno;
  const bool forbidden = reason == EACCES || reason == EPERM;
  return fail(fmt::format("{}: cannot make the directory: {}{}", path.string(),
                          std::strerror(reason),
                          forbidden ? "; call with sudo, or choose a place where you may"
                                    : remedy(reason, Doing::write)));
}

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& directory, Kind kind) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_failure(directory, Doing::open);
  const int operation = kind == Kind::exclusive ? LOCK_EX : LOCK_SH;
  while (::flock(descriptor, operation) != 0) {
    if (errno == EINTR) continue;
    ::close(descriptor);
    return system_failure(directory, Doing::lock);
  }
  return DirectoryLock{descriptor};
}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

}  // namespace muster::security
