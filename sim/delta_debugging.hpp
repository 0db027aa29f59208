// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace muster::sim {

/// Whether a failure is still there with only these parts.
using StillFails = std::function<bool(const std::vector<std::uint32_t>&)>;

/// The fewest `parts` with which `still_fails` as far as leaving out one more shows: without any
/// single one of those given back it no longer fails (ddmin; Zeller and Hildebrandt: "Simplifying
/// and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002). It is taken for granted that it
/// fails with all of them. About n log n questions, n^2 at worst.
[[nodiscard]] std::vector<std::uint32_t> fewest_parts(std::vector<std::uint32_t> parts,
                                                      const StillFails& still_fails);

/// The least whole number from `floor` to `value` with which it still fails, if failing does not
/// end as the number grows; else one at which it fails. It is taken for granted that it fails at
/// `value`. About log2(value - floor) questions.
[[nodiscard]] std::uint64_t least_number(std::uint64_t floor, std::uint64_t value,
                                         const std::function<bool(std::uint64_t)>& still_fails_at);

}  // namespace muster::sim
