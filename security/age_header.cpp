// SPDX-License-Identifier: Apache-2.0
#include "security/age_header.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace muster::security {
namespace {

constexpr std::string_view version_line = "age-encryption.org/v1";
constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Takes lines that end in a line feed from the front of a text.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  std::optional<std::string_view> next() {
    const std::size_t end = text_.find('\n', at_);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text_.substr(at_, end - at_);
    at_ = end + 1;
    return line;
  }
  [[nodiscard]] std::size_t taken() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

template <std::size_t N>
bool decode(std::string_view text, std::array<std::uint8_t, N>& out) {
  const auto octets = from_base64_unpadded(text);
  if (!octets || octets->size() != N) return false;
  std::copy(octets->begin(), octets->end(), out.begin());
  return true;
}

/// "1" to "99" without leading zeros.
std::optional<unsigned> work_factor(std::string_view text) {
  if (text.empty() || text.size() > 2 || text.front() == '0') return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

/// "-> scrypt SALT LOG2_N"
bool read_stanza(std::string_view line, AgeHeader& header) {
  static constexpr std::string_view start = "-> scrypt ";
  if (line.substr(0, start.size()) != start) return false;
  line.remove_prefix(start.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !decode(line.substr(0, space), header.salt)) return false;
  const auto factor = work_factor(line.substr(space + 1));
  if (!factor) return false;
  header.work_factor = *factor;
  return true;
}

}  // namespace

std::string age_header_text(const AgeHeader& header) {
  return fmt::format("{}\n-> scrypt {} {}\n{}\n---", version_line, base64_unpadded(header.salt),
                     header.work_factor, base64_unpadded(header.wrapped_file_key));
}

Result<ReadAgeHeader> read_age_header(BytesView file, std::size_t header_bytes_max) {
  ReadAgeHeader read;
  Lines lines{as_text(file.first(std::min(file.size(), header_bytes_max)))};
  if (lines.next() != version_line) {
    return fail("this is not an age file of version 1 (binary, not armored)");
  }
  const auto stanza = lines.next();
  const auto body = lines.next();
  const auto mac = lines.next();
  if (!stanza || !body || !mac) return fail("this age file ends within its header");
  // A file with an scrypt stanza has no other stanza, so the MAC is on the fourth line.
  if (!read_stanza(*stanza, read.header)) {
    return fail("this age file is not sealed under a passphrase");
  }
  if (!decode(*body, read.header.wrapped_file_key) || mac->substr(0, 4) != "--- " ||
      !decode(mac->substr(4), read.mac)) {
    return fail("the header of this age file is malformed");
  }
  read.authenticated = age_header_text(read.header);
  read.size = lines.taken();
  return read;
}

std::string base64_unpadded(BytesView octets) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const std::uint8_t octet : octets) {
    bits = bits << 8 | octet;
    for (held += 8; held >= 6; held -= 6) out += base64_digits[bits >> (held - 6) & 63];
  }
  if (held > 0) out += base64_digits[bits << (6 - held) & 63];
  return out;
}

std::optional<Bytes> from_base64_unpadded(std::string_view text) {
  Bytes out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::size_t digit = base64_digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<std::uint8_t>(bits >> held));
  }
  if (base64_unpadded(out) != text) return std::nullopt;
  return out;
}

}  // namespace muster::security
