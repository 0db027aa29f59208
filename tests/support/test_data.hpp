// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace muster::test {

/// The folder of published test data, which is not part of the repository.
inline std::filesystem::path test_data_folder() {
  if (const char* folder = std::getenv("MUSTER_TEST_DATA")) return folder;
  return std::filesystem::path{MUSTER_SOURCE_DIR} / "../shared/data";
}

/// The octets of one of its files; nothing if it is not there.
inline std::optional<std::string> test_data(const std::string& name) {
  std::ifstream file(test_data_folder() / name, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace muster::test
