// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace muster::node {

/// One visitor out of several lambdas.
template <typename... Handlers>
struct Overload : Handlers... {
  using Handlers::operator()...;
};
// Clang deduces the arguments of aggregates by itself only from version 17 on.
template <typename... Handlers>
Overload(Handlers...) -> Overload<Handlers...>;

}  // namespace muster::node
