// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::sim {

/// Seeds from `first` to `last` - 1, as people write them: "0:1000".
struct SeedRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  [[nodiscard]] std::string text() const;
};

/// The part of a range that one of several machines works at, as people write it: "3/16" is the
/// fourth of sixteen, counted from 0 as job arrays are.
struct Shard {
  std::uint64_t number = 0;
  std::uint64_t of = 1;
};

/// Beyond this many seeds one range is taken for a slip of the pen.
inline constexpr std::uint64_t seeds_max = 10'000'000;

/// "A:B" with A < B, at most `seeds_max` seeds; nothing if the text is anything else.
[[nodiscard]] std::optional<SeedRange> parse_seed_range(std::string_view text);
/// "I/N" with I < N.
[[nodiscard]] std::optional<Shard> parse_shard(std::string_view text);

/// Every N-th seed of the range, beginning with the I-th: the shards of a range share its early
/// seeds, so that a range that is stopped early is still spread evenly.
[[nodiscard]] std::vector<std::uint64_t> seeds_of(const SeedRange& range, const Shard& shard);

/// For people: "3, 17-27, 40". Ascending seeds.
[[nodiscard]] std::string seeds_text(const std::vector<std::uint64_t>& seeds);

}  // namespace muster::sim
