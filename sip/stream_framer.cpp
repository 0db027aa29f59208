// SPDX-License-Identifier: Apache-2.0
#include "sip/stream_framer.hpp"

#include <algorithm>
#include <charconv>

#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

constexpr std::string_view end_of_header = "\r\n\r\n";

}  // namespace

std::string_view to_string(StreamFramer::Fault fault) {
  switch (fault) {
    case StreamFramer::Fault::header_too_large:
      return "header too large";
    case StreamFramer::Fault::no_length:
      return "no Content-Length";
    case StreamFramer::Fault::bad_length:
      return "Content-Length is no number, or two that differ";
    case StreamFramer::Fault::message_too_large:
      return "message too large";
  }
  return "unknown";
}

void StreamFramer::receive(BytesView octets) {
  if (fault_) return;
  append(pending_, octets);
  do {
    take_line_ends();
  } while (!fault_ && take_message());
}

std::optional<StreamFramer::Output> StreamFramer::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

/// Two line ends are a ping, which wants an answer; a single one is one, or the tail of a message
/// whose sender counted it wrongly.
void StreamFramer::take_line_ends() {
  const auto begin = std::find_if(pending_.begin(), pending_.end(), [](std::uint8_t octet) {
    return octet != '\r' && octet != '\n';
  });
  line_ends_ += static_cast<unsigned>(std::count(pending_.begin(), begin, '\n'));
  for (; line_ends_ >= 2; line_ends_ -= 2) outputs_.push_back({Output::Kind::ping, {}});
  pending_.erase(pending_.begin(), begin);
  if (!pending_.empty()) line_ends_ = 0;
}

bool StreamFramer::take_message() {
  const std::string_view text = as_text(pending_);
  const auto end = text.find(end_of_header, searched_);
  if (end == std::string_view::npos) {
    if (text.size() > limits_.header_bytes_max) fault_ = Fault::header_too_large;
    searched_ = text.size() < end_of_header.size() ? 0 : text.size() - (end_of_header.size() - 1);
    return false;
  }
  searched_ = end;
  const std::size_t header_bytes = end + end_of_header.size();
  if (header_bytes > limits_.header_bytes_max) {
    fault_ = Fault::header_too_large;
    return false;
  }
  const auto body_bytes = content_length(text.substr(0, end));
  if (!body_bytes) return false;
  if (*body_bytes > limits_.message_bytes_max - header_bytes) {
    fault_ = Fault::message_too_large;
    return false;
  }
  const std::size_t size = header_bytes + *body_bytes;
  if (pending_.size() < size) return false;
  const auto message_end = pending_.begin() + static_cast<std::ptrdiff_t>(size);
  outputs_.push_back({Output::Kind::message, Bytes(pending_.begin(), message_end)});
  pending_.erase(pending_.begin(), message_end);
  searched_ = 0;
  return true;
}

std::optional<std::size_t> StreamFramer::content_length(std::string_view header) {
  std::optional<std::size_t> length;
  while (!header.empty()) {
    const auto line_end = header.find("\r\n");
    const auto line = header.substr(0, line_end);
    header = line_end == std::string_view::npos ? std::string_view{} : header.substr(line_end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = trimmed(line.substr(0, colon));
    if (!same(name, "Content-Length") && !same(name, "l")) continue;
    const auto digits = trimmed(line.substr(colon + 1));
    std::size_t value = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = error == std::errc{} && rest == digits.data() + digits.size();
    if (!whole || (length && *length != value)) {
      fault_ = Fault::bad_length;
      return std::nullopt;
    }
    length = value;
  }
  if (!length) fault_ = Fault::no_length;
  return length;
}

}  // namespace muster::sip
