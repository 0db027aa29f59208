// SPDX-License-Identifier: Apache-2.0
// The target under libFuzzer, which has the main function. Beside libFuzzer's own arguments:
//   fuzz_NAME --write-seeds DIR     writes the seeds, for a search to begin from
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/seed_files.hpp"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc == 3 && std::string_view{(*argv)[1]} == "--write-seeds") {
    std::exit(muster::fuzz::write_seeds((*argv)[2]));
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  muster::fuzz::run({data, size});
  return 0;
}
