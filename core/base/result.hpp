// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace muster {

/// Why something a person asked for could not be done: one line that names the thing, the reason
/// and, where there is one, the remedy.
struct Failure {
  std::string sentence;
};

/// A whole valid value, or the reason why there is none.
template <typename T, typename E = Failure>
using Result = tl::expected<T, E>;

[[nodiscard]] inline tl::unexpected<Failure> fail(std::string sentence) {
  return tl::make_unexpected(Failure{std::move(sentence)});
}

}  // namespace muster
