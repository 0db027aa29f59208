// SPDX-License-Identifier: Apache-2.0
// The target without libFuzzer, for any compiler:
//   fuzz_NAME FILE|DIRECTORY...     replays each seed and the inputs, which are the files as they
//                                   are, or, in a file that ends in .hex, a corpus: one input a
//                                   line, its name and its octets
//   fuzz_NAME --write-seeds DIR     writes the seeds
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "tests/fuzz/seed_files.hpp"

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

void replay(const std::string& name, muster::BytesView input) {
  // Said before, for what follows may be the end of the process.
  std::fprintf(stderr, "%s\n", name.c_str());
  muster::fuzz::run(input);
}

/// How many inputs the corpus has; nullopt, with a line on stderr, if it is not one.
std::optional<std::size_t> replay_corpus(const Path& file) {
  std::ifstream in(file);
  std::size_t replayed = 0;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with('#')) continue;
    const auto space = line.find(' ');
    const auto input = space == std::string::npos
                           ? std::nullopt
                           : muster::from_hex(std::string_view{line}.substr(space + 1));
    if (!input) {
      std::fprintf(stderr, "%s:%zu: not a name, a space and octets in hex\n", file.c_str(), number);
      return std::nullopt;
    }
    replay(file.string() + ": " + line.substr(0, space), *input);
    ++replayed;
  }
  return replayed;
}

std::optional<std::size_t> replay_all(const Path& given) {
  if (!std::filesystem::exists(given)) {
    std::fprintf(stderr, "%s: there is no such file or directory\n", given.c_str());
    return std::nullopt;
  }
  std::size_t replayed = 0;
  for (const auto& file : files_of(given)) {
    if (file.extension() == ".hex") {
      const auto inputs = replay_corpus(file);
      if (!inputs) return std::nullopt;
      replayed += *inputs;
    } else {
      replay(file.string(), contents(file));
      ++replayed;
    }
  }
  if (replayed > 0) return replayed;
  // A test that replays nothing would pass for ever.
  std::fprintf(stderr, "%s: no input in it\n", given.c_str());
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2 && arguments[0] == "--write-seeds") {
    return muster::fuzz::write_seeds(arguments[1]);
  }
  if (!arguments.empty() && arguments[0].starts_with("-")) {
    std::fprintf(stderr, "usage: %s FILE|DIRECTORY... | --write-seeds DIRECTORY\n", argv[0]);
    return 2;
  }
  std::size_t replayed = 0;
  for (const auto& seed : muster::fuzz::seeds()) replay("seed " + std::to_string(replayed++), seed);
  for (const auto argument : arguments) {
    const auto inputs = replay_all(argument);
    if (!inputs) return 1;
    replayed += *inputs;
  }
  std::printf("%zu inputs replayed\n", replayed);
  return 0;
}
