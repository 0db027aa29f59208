// SPDX-License-Identifier: Apache-2.0
#include "sim/io/commit.hpp"

#include <muster_commit.h>

namespace muster::sim {

std::string_view built_from_commit() { return MUSTER_COMMIT; }

}  // namespace muster::sim
