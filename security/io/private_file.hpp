// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <sys/types.h>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

/// Files that hold secrets: whole or not there, and nobody else's to read.
namespace muster::security {

inline constexpr mode_t mode_private = 0600;
inline constexpr mode_t mode_public = 0644;

/// Puts `contents` at `path` by way of a temporary file beside it: a power cut leaves the old file
/// or the new one, and what is there when this returns survives one.
[[nodiscard]] Result<void> write_file_atomically(const std::filesystem::path& path,
                                                 BytesView contents, mode_t mode);
/// At most `bytes_max` octets; longer files are refused.
[[nodiscard]] Result<Bytes> read_whole_file(const std::filesystem::path& path,
                                            std::size_t bytes_max);
/// As `read_whole_file`, but a file that others may read or write is refused.
[[nodiscard]] Result<Bytes> read_private_file(const std::filesystem::path& path,
                                              std::size_t bytes_max);
/// Makes `path` and its missing parents, `path` itself with mode 0700.
[[nodiscard]] Result<void> make_private_directory(const std::filesystem::path& path);

/// Holds a directory for itself (or with other readers) until it goes; waits for those before.
class DirectoryLock {
 public:
  enum class Kind { shared, exclusive };
  [[nodiscard]] static Result<DirectoryLock> take(const std::filesystem::path& directory,
                                                  Kind kind);
  ~DirectoryLock();
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace muster::security
