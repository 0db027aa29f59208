// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/params.hpp"

namespace muster::sip {

/// The value of WWW-Authenticate, Authorization and their proxy twins: a scheme and parameters
/// with commas between them (RFC 7616 section 3). Values are held without quotes.
struct AuthValue {
  std::string scheme;
  Params params;

  static constexpr std::size_t params_max = 32;

  /// Nothing if malformed, if a parameter comes twice or if there are more than `params_max`.
  [[nodiscard]] static std::optional<AuthValue> parse(std::string_view text);
  /// Empty text for a parameter that is not there.
  [[nodiscard]] std::string text(std::string_view name) const {
    return std::string{params.find(name).value_or("")};
  }
};

}  // namespace muster::sip
