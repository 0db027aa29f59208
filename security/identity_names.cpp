// SPDX-License-Identifier: Apache-2.0
#include "security/identity_names.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace muster::security {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_label(std::string_view text) {
  if (text.empty() || text.size() > label_octets_max) return false;
  if (text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_domain(std::string_view text) {
  if (text.size() > domain_octets_max) return false;
  std::size_t labels = 0;
  for (std::size_t start = 0; start <= text.size(); ++labels) {
    const std::size_t dot = std::min(text.find('.', start), text.size());
    if (!is_label(text.substr(start, dot - start))) return false;
    start = dot + 1;
  }
  return labels >= 2;
}

/// What a person typed, fit for one line of an error.
std::string shown(std::string_view text) {
  std::string out{text.substr(0, 80)};
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

}  // namespace

Result<std::string> overlay_name(std::string_view text) {
  if (is_domain(text)) return lower(text);
  return fail(fmt::format(
      "'{}' is no domain for an overlay: write two or more labels of letters, digits and hyphens, "
      "such as drill.example",
      shown(text)));
}

Result<std::string> node_name(std::string_view text) {
  std::string name = lower(text);
  if (is_label(text) && name != "all") return name;
  return fail(fmt::format(
      "'{}' is no name for a node: write at most 63 letters, digits and inner hyphens, such as "
      "host-1 ('all' is taken)",
      shown(text)));
}

Result<std::string> user_name(std::string_view text) {
  static constexpr std::string_view marks = "-_.!~*'()";
  const auto allowed = [](char c) {
    return is_alphanumeric(c) || marks.find(c) != std::string_view::npos;
  };
  if (!text.empty() && text.size() <= user_octets_max && is_alphanumeric(text.front()) &&
      std::all_of(text.begin(), text.end(), allowed)) {
    return std::string{text};
  }
  return fail(fmt::format(
      "'{}' is no name for a user: write at most 64 letters, digits and -_.!~*'(), starting with a "
      "letter or digit, such as alice",
      shown(text)));
}

std::string aor_of(std::string_view user, std::string_view overlay) {
  return fmt::format("sip:{}@{}", user, overlay);
}

std::string node_uri_of(std::string_view node, std::string_view overlay) {
  return fmt::format("sip:{}.{}", node, overlay);
}

}  // namespace muster::security
