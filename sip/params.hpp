// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::sip {

class Scanner;

/// One `;name` or `;name=value`. The value is kept as written, with its quotes or escapes.
struct Param {
  std::string name;
  std::optional<std::string> value;
};

/// The parameters of a URI or header value, in their order; names are compared without case.
struct Params {
  std::vector<Param> list;

  [[nodiscard]] bool empty() const { return list.empty(); }
  [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
  /// The value as written; empty text for a parameter without one, nothing if there is none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// Changes the first of that name, or appends.
  void set(std::string_view name, std::optional<std::string> value);
  void erase(std::string_view name);
  /// ";a=1;b", or nothing.
  [[nodiscard]] std::string str() const;
};

/// *( SEMI generic-param ) of RFC 3261 section 25.1, up to the end or the first thing that is not
/// a semicolon; nothing if a parameter is malformed.
[[nodiscard]] std::optional<Params> parse_header_params(Scanner& scanner);

}  // namespace muster::sip
