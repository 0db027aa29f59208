// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace muster::test {

/// All that a machine has to say now.
template <typename Machine>
auto drain(Machine& machine) {
  std::vector<typename Machine::Output> outputs;
  while (auto output = machine.poll()) outputs.push_back(*std::move(output));
  return outputs;
}

}  // namespace muster::test
