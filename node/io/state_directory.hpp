// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/base/result.hpp"

namespace muster::node {

/// The layout of what this musterd keeps below its state directory, as written in its file VERSION.
/// The database in it counts versions of its own (core/io/sqlite_schema).
inline constexpr unsigned state_version = 1;

/// The state directory of a running node: held for this process alone, and of this version.
class StateDirectory {
 public:
  /// Takes the lock, then brings an older layout up to date step by step; what a newer Muster wrote
  /// is refused. A directory without VERSION is one from before there was a number.
  [[nodiscard]] static Result<StateDirectory> open(const std::filesystem::path& path);
  /// The version that stands in `path`; 0 if none does. For those who only look.
  [[nodiscard]] static Result<unsigned> version_of(const std::filesystem::path& path);

  ~StateDirectory();
  StateDirectory(StateDirectory&& other) noexcept;
  StateDirectory& operator=(StateDirectory&&) = delete;

 private:
  explicit StateDirectory(int lock) : lock_(lock) {}
  int lock_;
};

}  // namespace muster::node
