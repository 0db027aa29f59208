// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "sip/header.hpp"
#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

struct CompactForm {
  char letter;
  std::string_view name;
};

/// RFC 3261 section 7.3.3 and what IANA has registered since.
constexpr std::array<CompactForm, 19> compact_forms{{{'a', "Accept-Contact"},
                                                     {'b', "Referred-By"},
                                                     {'c', "Content-Type"},
                                                     {'d', "Request-Disposition"},
                                                     {'e', "Content-Encoding"},
                                                     {'f', "From"},
                                                     {'i', "Call-ID"},
                                                     {'j', "Reject-Contact"},
                                                     {'k', "Supported"},
                                                     {'l', "Content-Length"},
                                                     {'m', "Contact"},
                                                     {'n', "Identity-Info"},
                                                     {'o', "Event"},
                                                     {'r', "Refer-To"},
                                                     {'s', "Subject"},
                                                     {'t', "To"},
                                                     {'u', "Allow-Events"},
                                                     {'v', "Via"},
                                                     {'x', "Session-Expires"}}};

constexpr std::array<std::string_view, 26> list_headers{"Accept",
                                                        "Accept-Contact",
                                                        "Accept-Encoding",
                                                        "Accept-Language",
                                                        "Alert-Info",
                                                        "Allow",
                                                        "Allow-Events",
                                                        "Call-Info",
                                                        "Contact",
                                                        "Content-Encoding",
                                                        "Content-Language",
                                                        "Diversion",
                                                        "Error-Info",
                                                        "In-Reply-To",
                                                        "P-Asserted-Identity",
                                                        "Path",
                                                        "Proxy-Require",
                                                        "Reason",
                                                        "Record-Route",
                                                        "Require",
                                                        "Route",
                                                        "Service-Route",
                                                        "Supported",
                                                        "Unsupported",
                                                        "Via",
                                                        "Warning"};

}  // namespace

std::string_view long_form(std::string_view name) {
  if (name.size() != 1) return name;
  for (const auto& form : compact_forms) {
    if (lower(name.front()) == form.letter) return form.name;
  }
  return name;
}

bool same_header(std::string_view a, std::string_view b) {
  return same(long_form(a), long_form(b));
}

bool is_list_header(std::string_view name) {
  const auto full = long_form(name);
  return std::any_of(list_headers.begin(), list_headers.end(),
                     [full](std::string_view one) { return same(one, full); });
}

std::vector<std::string_view> split_list(std::string_view value) {
  std::vector<std::string_view> pieces;
  bool in_quotes = false;
  bool in_brackets = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (in_quotes && c == '\\') {
      ++i;
    } else if (c == '"' && !in_brackets) {
      in_quotes = !in_quotes;
    } else if (!in_quotes && (c == '<' || c == '>')) {
      in_brackets = c == '<';
    } else if (c == ',' && !in_quotes && !in_brackets) {
      pieces.push_back(trimmed(value.substr(start, i - start)));
      start = i + 1;
    }
  }
  pieces.push_back(trimmed(value.substr(start)));
  return pieces;
}

}  // namespace muster::sip
