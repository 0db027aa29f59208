// SPDX-License-Identifier: Apache-2.0
#include "security/io/openssl_random.hpp"

#include <cstdio>
#include <cstdlib>

#include <openssl/rand.h>

namespace muster::security {

void OpensslRandom::fill(std::span<std::uint8_t> octets) {
  if (octets.empty() || RAND_priv_bytes(octets.data(), static_cast<int>(octets.size())) == 1) {
    return;
  }
  std::fputs("muster: this system gives no random numbers; no key can be made\n", stderr);
  std::abort();
}

}  // namespace muster::security
