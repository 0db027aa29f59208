// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace muster::node {

/// One visitor out of several lambdas.
template <typename... Handlers>
struct Overload : Handlers... {
  using Handlers::operator()...;
};

}  // namespace muster::node
