// SPDX-License-Identifier: Apache-2.0
#include "sip/scanner.hpp"

#include <algorithm>
#include <charconv>

namespace muster::sip {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_token_char(char c) {
  constexpr std::string_view marks = "-.!%*_+`'~";
  return is_alphanumeric(c) || marks.find(c) != marks.npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = lower(c);
  return out;
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string{text};
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

std::optional<std::uint32_t> whole_number(std::string_view text) {
  Scanner scanner(text);
  const auto value = scanner.number();
  return scanner.at_end() ? value : std::nullopt;
}

void Scanner::skip_space() {
  while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
}

bool Scanner::take(char wanted) {
  if (rest_.empty() || rest_.front() != wanted) return false;
  rest_.remove_prefix(1);
  return true;
}

bool Scanner::take_space() {
  const auto before = rest_.size();
  skip_space();
  return rest_.size() != before;
}

bool Scanner::take_separator(char wanted) {
  const std::string_view before = rest_;
  skip_space();
  if (!take(wanted)) {
    rest_ = before;
    return false;
  }
  skip_space();
  return true;
}

std::optional<std::string_view> Scanner::token() {
  const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_char);
  const auto size = static_cast<std::size_t>(end - rest_.begin());
  if (size == 0) return std::nullopt;
  const auto taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::optional<std::string_view> Scanner::quoted_string() {
  if (peek() != '"') return std::nullopt;
  for (std::size_t i = 1; i < rest_.size(); ++i) {
    if (rest_[i] == '\\') {
      ++i;
    } else if (rest_[i] == '"') {
      const auto taken = rest_.substr(0, i + 1);
      rest_.remove_prefix(i + 1);
      return taken;
    }
  }
  return std::nullopt;
}

std::string_view Scanner::until(std::string_view stops) {
  const auto taken = rest_.substr(0, rest_.find_first_of(stops));
  rest_.remove_prefix(taken.size());
  return taken;
}

std::optional<std::uint32_t> Scanner::number() {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
  if (error != std::errc{}) return std::nullopt;
  rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  return value;
}

}  // namespace muster::sip
