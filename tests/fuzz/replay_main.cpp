// SPDX-License-Identifier: Apache-2.0
// The target without libFuzzer, for any compiler:
//   fuzz_NAME FILE|DIRECTORY...     replays inputs, and each seed
//   fuzz_NAME --write-seeds DIR     writes the seeds
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "tests/fuzz/fuzz_target.hpp"

namespace {

using Path = std::filesystem::path;

muster::Bytes contents(const Path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<Path> files_of(const Path& given) {
  if (!std::filesystem::is_directory(given)) return {given};
  std::vector<Path> files;
  for (const auto& entry : std::filesystem::directory_iterator{given}) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

int write_seeds(const Path& directory) {
  std::filesystem::create_directories(directory);
  std::size_t number = 0;
  for (const auto& seed : muster::fuzz::seeds()) {
    char name[16];
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

int replay(const std::vector<std::string_view>& arguments) {
  std::size_t replayed = 0;
  for (const auto& seed : muster::fuzz::seeds()) {
    muster::fuzz::run(seed);
    ++replayed;
  }
  for (const auto argument : arguments) {
    if (!std::filesystem::exists(argument)) {
      std::fprintf(stderr, "%s: there is no such file or directory\n", argument.data());
      return 1;
    }
    for (const auto& file : files_of(argument)) {
      // Said before, for what follows may be the end of the process.
      std::fprintf(stderr, "%s\n", file.c_str());
      muster::fuzz::run(contents(file));
      ++replayed;
    }
  }
  std::printf("%zu inputs replayed\n", replayed);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2 && arguments[0] == "--write-seeds") return write_seeds(arguments[1]);
  if (!arguments.empty() && arguments[0].starts_with("-")) {
    std::fprintf(stderr, "usage: %s FILE|DIRECTORY... | --write-seeds DIRECTORY\n", argv[0]);
    return 2;
  }
  return replay(arguments);
}
