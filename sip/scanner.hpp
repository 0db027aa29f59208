// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::sip {

/// Walks the octets of one header value or URI from left to right, in the terms of RFC 3261
/// section 25.1. Nothing is consumed by a `take` that fails. Folded lines have been unfolded
/// before, so that linear white space is spaces and tabs.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  void skip_space();
  bool take(char wanted);
  /// At least one space or tab.
  bool take_space();
  /// `wanted` with optional white space on both sides: SEMI, EQUAL, SLASH, COLON of the grammar.
  bool take_separator(char wanted);
  /// At least one token character.
  [[nodiscard]] std::optional<std::string_view> token();
  /// From quote to quote, both included, with its escapes as they are.
  [[nodiscard]] std::optional<std::string_view> quoted_string();
  /// Everything up to the first of `stops`, or to the end.
  std::string_view until(std::string_view stops);
  /// 1*DIGIT that fits; nothing (and nothing consumed) if it does not.
  [[nodiscard]] std::optional<std::uint32_t> number();

 private:
  std::string_view rest_;
};

[[nodiscard]] bool is_token_char(char c);
[[nodiscard]] bool is_token(std::string_view text);
[[nodiscard]] bool is_alphanumeric(char c);
[[nodiscard]] char lower(char c);
[[nodiscard]] std::string lower(std::string_view text);
/// ASCII case ignored.
[[nodiscard]] bool same(std::string_view a, std::string_view b);
/// Without spaces and tabs at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// What a quoted-string says: without its quotes and escapes. Other text is returned as it is.
[[nodiscard]] std::string unquoted(std::string_view text);
/// `text` as a quoted-string.
[[nodiscard]] std::string quoted(std::string_view text);
/// All digits and within 32 bits.
[[nodiscard]] std::optional<std::uint32_t> whole_number(std::string_view text);

}  // namespace muster::sip
