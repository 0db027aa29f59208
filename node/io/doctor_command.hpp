// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::node {

/// muster doctor: looks at everything a node needs; exit code 1 if something fails.
int doctor_command(const std::vector<std::string>& arguments);

}  // namespace muster::node
