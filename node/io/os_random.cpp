// SPDX-License-Identifier: Apache-2.0
#include "node/io/os_random.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <sys/random.h>

namespace muster::node {

void OsRandom::fill(std::span<std::uint8_t> octets) {
  while (!octets.empty()) {
    const ssize_t got = getrandom(octets.data(), octets.size(), 0);
    if (got > 0) {
      octets = octets.subspan(static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      std::fputs("musterd: the operating system gives no random octets; no key would be safe\n",
                 stderr);
      std::abort();
    }
  }
}

}  // namespace muster::node
