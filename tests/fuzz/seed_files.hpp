// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

/// Writes each seed of the target into a file of its own. Returns the status to exit with.
inline int write_seeds(const std::filesystem::path& directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  std::size_t number = 0;
  for (const auto& seed : seeds()) {
    char name[24];
    std::snprintf(name, sizeof name, "seed-%03zu", number++);
    std::ofstream out(directory / name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(seed.data()),
              static_cast<std::streamsize>(seed.size()));
    if (!out.flush()) {
      std::fprintf(stderr, "%s: cannot be written\n", (directory / name).c_str());
      return 1;
    }
  }
  return 0;
}

}  // namespace muster::fuzz
