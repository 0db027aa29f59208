// SPDX-License-Identifier: Apache-2.0
#include "sim/seed_range.hpp"

#include <charconv>

#include <fmt/format.h>

namespace muster::sim {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The numbers before and after `mark`.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_pair(std::string_view text,
                                                                  char mark) {
  const auto place = text.find(mark);
  if (place == std::string_view::npos) return std::nullopt;
  const auto first = parse_number(text.substr(0, place));
  const auto second = parse_number(text.substr(place + 1));
  if (!first || !second || *first >= *second) return std::nullopt;
  return std::pair{*first, *second};
}

}  // namespace

std::string SeedRange::text() const { return fmt::format("{}:{}", first, last); }

std::optional<SeedRange> parse_seed_range(std::string_view text) {
  const auto pair = parse_pair(text, ':');
  if (!pair || pair->second - pair->first > seeds_max) return std::nullopt;
  return SeedRange{pair->first, pair->second};
}

std::optional<Shard> parse_shard(std::string_view text) {
  const auto pair = parse_pair(text, '/');
  if (!pair) return std::nullopt;
  return Shard{pair->first, pair->second};
}

std::vector<std::uint64_t> seeds_of(const SeedRange& range, const Shard& shard) {
  std::vector<std::uint64_t> seeds;
  const auto count = range.last - range.first;
  for (auto offset = shard.number; offset < count; offset += shard.of) {
    seeds.push_back(range.first + offset);
  }
  return seeds;
}

std::string seeds_text(const std::vector<std::uint64_t>& seeds) {
  std::string text;
  for (std::size_t begin = 0; begin < seeds.size();) {
    std::size_t end = begin;
    while (end + 1 < seeds.size() && seeds[end + 1] == seeds[end] + 1) ++end;
    if (!text.empty()) text += ", ";
    text += begin == end ? fmt::format("{}", seeds[begin])
                         : fmt::format("{}-{}", seeds[begin], seeds[end]);
    begin = end + 1;
  }
  return text;
}

}  // namespace muster::sim
