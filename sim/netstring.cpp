// SPDX-License-Identifier: Apache-2.0
#include "sim/netstring.hpp"

#include <algorithm>
#include <charconv>

namespace muster::sim {
namespace {

constexpr std::size_t bytes_max = 1024 * 1024;

}  // namespace

std::string netstring(std::string_view text) {
  return std::to_string(text.size()) + ":" + std::string(text) + ",";
}

std::optional<std::string> take_netstring(std::string& buffer) {
  while (!buffer.empty()) {
    std::size_t length = 0;
    const auto* begin = buffer.data();
    const auto [end, error] = std::from_chars(begin, begin + buffer.size(), length);
    const auto digits = static_cast<std::size_t>(end - begin);
    if (error == std::errc{} && digits == buffer.size()) return std::nullopt;
    if (error != std::errc{} || length > bytes_max || *end != ':') {
      buffer.erase(0, std::max<std::size_t>(digits, 1));
      continue;
    }
    const auto whole = digits + 1 + length + 1;
    if (buffer.size() < whole) return std::nullopt;
    auto text = buffer.substr(digits + 1, length);
    buffer.erase(0, whole);
    return text;
  }
  return std::nullopt;
}

}  // namespace muster::sim
