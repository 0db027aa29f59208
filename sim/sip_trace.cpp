// SPDX-License-Identifier: Apache-2.0
#include "sim/sip_trace.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace muster::sim {
namespace {

constexpr std::string_view opening = "\x1b[36;1m#";
constexpr std::string_view closing = "\x1b[;m";

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// "alice" of `"Alice" <sip:alice@drill.example>;tag=1`.
std::string user_of(std::string_view header) {
  const auto start = header.find("sip:");
  if (start == std::string_view::npos) return {};
  auto rest = header.substr(start + 4);
  return std::string(rest.substr(0, std::min(rest.find('@'), rest.find('>'))));
}

std::string branch_of(std::string_view via) {
  const auto start = via.find("branch=");
  if (start == std::string_view::npos) return {};
  const auto rest = via.substr(start + 7);
  return std::string(rest.substr(0, rest.find_first_of(";, ")));
}

unsigned number(std::string_view text) {
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void read_header(std::string_view name, std::string_view value, TracedMessage& message) {
  if (same_name(name, "Via") && message.branch.empty()) message.branch = branch_of(value);
  if (same_name(name, "Call-ID")) message.call_id = value;
  if (same_name(name, "From")) message.from_user = user_of(value);
  if (same_name(name, "To")) message.to_user = user_of(value);
  if (same_name(name, "CSeq"))
    message.method = trimmed(value.substr(std::min(value.find(' '), value.size())));
  if (same_name(name, "X-RTP-Stat")) message.rtp_statistics = value;
}

std::optional<TracedMessage> read_block(std::string_view text) {
  TracedMessage message;
  take_line(text);  // what follows the opening
  const auto route = take_line(text);
  const auto arrow = route.find(" -> ");
  const auto space = route.find(' ');
  if (arrow == std::string_view::npos || space >= arrow) return std::nullopt;
  message.source = route.substr(space + 1, arrow - space - 1);
  message.destination = trimmed(route.substr(arrow + 4));
  const auto first = take_line(text);
  if (first.starts_with("SIP/2.0 ")) message.status = number(first.substr(8));
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon != std::string_view::npos)
      read_header(line.substr(0, colon), trimmed(line.substr(colon + 1)), message);
  }
  message.body = text;
  return message;
}

}  // namespace

void SipTrace::feed(std::string_view text) {
  pending_ += text;
  if (pending_.size() > block_bytes_max) pending_.erase(0, pending_.size() - block_bytes_max);
}

std::optional<TracedMessage> SipTrace::poll() {
  while (true) {
    const auto start = pending_.find(opening);
    if (start == std::string::npos) {
      // Keep what may be the beginning of an opening.
      if (pending_.size() > opening.size()) pending_.erase(0, pending_.size() - opening.size());
      return std::nullopt;
    }
    const auto end = pending_.find(closing, start + opening.size());
    if (end == std::string::npos) {
      pending_.erase(0, start);
      return std::nullopt;
    }
    const auto message = read_block(std::string_view(pending_).substr(start, end - start));
    pending_.erase(0, end + closing.size());
    if (message) return message;
  }
}

std::optional<unsigned> statistic(std::string_view statistics, std::string_view name) {
  const auto wanted = std::string(name) + "=";
  while (!statistics.empty()) {
    const auto end = std::min(statistics.find(';'), statistics.size());
    const auto field = statistics.substr(0, end);
    if (field.starts_with(wanted)) return number(field.substr(wanted.size()));
    statistics.remove_prefix(std::min(end + 1, statistics.size()));
  }
  return std::nullopt;
}

}  // namespace muster::sim
