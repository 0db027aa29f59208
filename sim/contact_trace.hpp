// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/time.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Who met whom when, as recorded: nobody meets before the first `up`.
struct ContactTrace {
  struct Contact {
    Duration at{};  ///< since the start of the trace
    HostIndex a = 0;
    HostIndex b = 0;
    bool up = false;
  };
  std::vector<Contact> contacts;  ///< in order of time
};

}  // namespace muster::sim
