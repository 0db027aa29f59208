// SPDX-License-Identifier: Apache-2.0
#include "sim/trace_lines.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "sim/quantity.hpp"

namespace muster::sim {
namespace {

/// Farther, later and more than any trace that somebody means; and small enough to calculate with.
constexpr double number_max = 1e9;
constexpr std::uint64_t hosts_max = 100'000;

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  std::vector<std::string_view> words;
  for (auto begin = line.find_first_not_of(blanks); begin != std::string_view::npos;
       begin = line.find_first_not_of(blanks)) {
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(blanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

template <typename Number>
std::optional<Number> whole_word(std::string_view word) {
  Number value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::vector<std::string_view>> TraceLines::next() {
  while (!rest_.empty() && !fault_) {
    ++line_;
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) {
      fail("the file ends in the middle of a line",
           "take a whole copy; if it is whole, end its last line");
      return std::nullopt;
    }
    const auto line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    auto words = words_of(line);
    if (!words.empty() && words.front().front() != '#') return words;
  }
  return std::nullopt;
}

void TraceLines::fail(std::string_view reason, std::string_view remedy) {
  if (!fault_) fault_ = Failure{fmt::format("{}:{}: {}; {}", file_, line_, reason, remedy)};
}

double TraceLines::number(std::string_view word) {
  const auto value = whole_word<double>(word);
  if (value && std::abs(*value) <= number_max) return *value;
  fail(fmt::format("\"{}\" is not a number that is possible here", word), "correct it");
  return 0;
}

double TraceLines::metres(std::string_view word) {
  const auto value = number(word);
  if (std::abs(value) <= distance_m_max) return value;
  fail(fmt::format("{} metres are farther than the Earth is large", word), "correct it");
  return 0;
}

Duration TraceLines::time(std::string_view word) {
  const auto seconds = number(word);
  if (seconds < 0) fail(fmt::format("{} is before the start", word), "let times begin at 0");
  return Duration{static_cast<std::int64_t>(seconds * 1e9 + 0.5)};
}

HostIndex TraceLines::host(std::string_view word, std::uint64_t first) {
  const auto number = whole_word<std::uint64_t>(word);
  if (number && *number >= first && *number - first < hosts_max)
    return static_cast<HostIndex>(*number - first);
  fail(fmt::format("\"{}\" is not the number of a host", word),
       fmt::format("hosts are numbered from {}", first));
  return 0;
}

}  // namespace muster::sim
