// SPDX-License-Identifier: Apache-2.0
#include "sim/io/build_commit.hpp"

#include <muster_commit.hpp>

namespace muster::sim {

std::string build_commit() { return MUSTER_COMMIT; }

}  // namespace muster::sim
