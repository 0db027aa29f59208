// SPDX-License-Identifier: Apache-2.0
#include "sip/parser.hpp"

#include <algorithm>
#include <array>

#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

struct Fault {
  ParseFault fault;
  std::string header;
};
using MaybeFault = std::optional<Fault>;

constexpr std::string_view line_end = "\r\n";

/// Fields that a message has once at most; the first five it must have.
constexpr std::array<std::string_view, 9> single_headers{
    "Via",          "From",           "To",           "Call-ID", "CSeq",
    "Max-Forwards", "Content-Length", "Content-Type", "Expires"};
constexpr std::size_t required_count = 5;

/// One datagram on its way to a message. The first fault is kept and reading goes on, so that a
/// faulty request can still be answered.
class Parsing {
 public:
  Parsing(std::string_view text, const ParseLimits& limits) : text_(text), limits_(limits) {}

  Result<Message, ParseError> run() {
    while (text_.substr(0, 2) == line_end) text_.remove_prefix(2);
    if (text_.empty()) return error({ParseFault::keep_alive, {}});
    if (text_.size() > limits_.bytes_max) return error({ParseFault::too_large, {}});
    const auto head_end = text_.find("\r\n\r\n");
    const std::string_view head = text_.substr(0, head_end == text_.npos ? head_end : head_end + 2);
    const auto start_end = head.find(line_end);
    if (start_end == head.npos || head.substr(head.size() - 2) != line_end) {
      return error({ParseFault::no_end_of_header, {}});
    }
    read_start_line(head.substr(0, start_end));
    if (!message_) return error(*fault_);
    if (head_end == text_.npos) note(Fault{ParseFault::no_end_of_header, {}});
    read_headers(head.substr(start_end + 2));
    note(check_counts());
    note(check_values());
    if (head_end != text_.npos) note(read_body(text_.substr(head_end + 4)));
    if (fault_) return error(*fault_);
    return std::move(*message_);
  }

 private:
  void note(MaybeFault fault) {
    if (!fault_) fault_ = std::move(fault);
  }

  tl::unexpected<ParseError> error(Fault fault) const {
    ParseError error{fault.fault, std::move(fault.header), 0, std::nullopt};
    if (message_ && message_->is_request()) {
      error.status = fault.fault == ParseFault::version ? 505 : 400;
      const bool addressed = message_->via_top() && message_->has("From") && message_->has("To") &&
                             message_->has("Call-ID") && message_->has("CSeq");
      if (addressed && message_->method() != "ACK") {
        const std::string reason =
            error.status == 400 ? "Bad Request: " + error.sentence() : std::string{};
        error.response = make_response(*message_, error.status, reason, "malformed");
      }
    }
    return tl::make_unexpected(std::move(error));
  }

  void read_start_line(std::string_view line) {
    if (same(line.substr(0, 4), "SIP/")) {
      read_status_line(line);
    } else {
      read_request_line(line);
    }
    if (!message_) note(Fault{ParseFault::start_line, {}});
  }

  /// SIP-Version SP 3DIGIT SP *reason; the last SP may be missing.
  void read_status_line(std::string_view line) {
    Scanner scanner(line);
    const auto version = scanner.until(" ");
    if (!same(version, "SIP/2.0")) return note(Fault{ParseFault::version, {}});
    scanner.take(' ');
    const auto code = scanner.until(" ");
    const auto status = whole_number(code);
    scanner.take(' ');
    const bool one_line = scanner.rest().find_first_of(line_end) == line.npos;
    if (code.size() != 3 || !status || *status < 100 || *status > 699 || !one_line) return;
    message_ = Message::response(*status, std::string{scanner.rest()});
  }

  /// Method SP Request-URI SP SIP-Version: single spaces, and no header fields in the URI.
  void read_request_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == line.npos || first == last) return;
    const auto method = line.substr(0, first);
    const auto version = line.substr(last + 1);
    if (!is_token(method)) return;
    const auto uri = Uri::parse(line.substr(first + 1, last - first - 1));
    message_ = Message::request(std::string{method}, uri.value_or(Uri{}));
    if (!uri || !uri->headers.empty() || !same(version.substr(0, 4), "SIP/")) {
      note(Fault{ParseFault::start_line, {}});
    } else if (!same(version, "SIP/2.0")) {
      note(Fault{ParseFault::version, {}});
    }
  }

  void read_headers(std::string_view lines) {
    std::size_t count = 0;
    while (!lines.empty()) {
      if (++count > limits_.headers_max) return note(Fault{ParseFault::too_large, {}});
      note(read_header(take_unfolded(lines)));
    }
  }

  /// One header field: its line and those that continue it (RFC 3261 section 7.3.1), each fold
  /// turned into one space.
  static std::string take_unfolded(std::string_view& lines) {
    std::string field;
    do {
      const auto end = lines.find(line_end);
      const auto line = lines.substr(0, end);
      if (!field.empty()) field += ' ';
      field += field.empty() ? line : trimmed(line);
      lines.remove_prefix(end + 2);
    } while (!lines.empty() && (lines.front() == ' ' || lines.front() == '\t'));
    return field;
  }

  MaybeFault read_header(std::string_view field) {
    if (field.size() > limits_.header_line_bytes_max) return Fault{ParseFault::too_large, {}};
    const auto colon = field.find(':');
    const auto name = field.substr(0, field.find_last_not_of(" \t", colon - 1) + 1);
    const bool bare_line_end = field.find_first_of(line_end) != field.npos;
    if (colon == field.npos || colon == 0 || !is_token(name) || bare_line_end) {
      return Fault{ParseFault::header_line, {}};
    }
    message_->add(name, std::string{trimmed(field.substr(colon + 1))});
    return std::nullopt;
  }

  MaybeFault check_counts() const {
    for (std::size_t i = 0; i < single_headers.size(); ++i) {
      const auto name = single_headers[i];
      const auto& all = message_->headers();
      const auto count = std::count_if(all.begin(), all.end(), [name](const Header& header) {
        return same_header(header.name, name);
      });
      if (count == 0 && i < required_count) {
        return Fault{ParseFault::header_missing, std::string{name}};
      }
      if (count > 1 && name != "Via") return Fault{ParseFault::header_repeated, std::string{name}};
    }
    return std::nullopt;
  }

  template <typename T>
  MaybeFault check_each(std::string_view name) const {
    for (const auto value : message_->headers(name)) {
      if (!T::parse(value)) return Fault{ParseFault::header_malformed, std::string{name}};
    }
    return std::nullopt;
  }

  MaybeFault check_values() const {
    if (auto fault = check_each<Via>("Via")) return fault;
    if (message_->headers("Via").empty()) return Fault{ParseFault::header_malformed, "Via"};
    for (const auto* name : {"From", "To", "Route", "Record-Route"}) {
      if (auto fault = check_each<NameAddr>(name)) return fault;
    }
    if (!message_->contact_is_wildcard()) {
      if (auto fault = check_each<NameAddr>("Contact")) return fault;
    }
    const auto call_id = message_->call_id();
    if (call_id.empty() || call_id.find_first_of(" \t") != call_id.npos) {
      return Fault{ParseFault::header_malformed, "Call-ID"};
    }
    if (auto fault = check_each<CSeq>("CSeq")) return fault;
    if (message_->is_request() && message_->cseq().method != message_->method()) {
      return Fault{ParseFault::method_mismatch, "CSeq"};
    }
    return std::nullopt;
  }

  MaybeFault read_body(std::string_view rest) {
    if (const auto field = message_->header("Content-Length")) {
      const auto length = whole_number(*field);
      if (!length) return Fault{ParseFault::header_malformed, "Content-Length"};
      if (*length > rest.size()) return Fault{ParseFault::body_too_short, "Content-Length"};
      rest = rest.substr(0, *length);
    }
    message_->body = rest;
    return std::nullopt;
  }

  std::string_view text_;
  const ParseLimits& limits_;
  std::optional<Message> message_;
  MaybeFault fault_;
};

}  // namespace

std::string ParseError::sentence() const {
  switch (fault) {
    case ParseFault::keep_alive:
      return "the datagram is a keep-alive";
    case ParseFault::too_large:
      return "the message is larger than the limits allow";
    case ParseFault::start_line:
      return "the first line is neither a request line nor a status line";
    case ParseFault::version:
      return "the version is not SIP/2.0";
    case ParseFault::no_end_of_header:
      return "no empty line ends the header";
    case ParseFault::header_line:
      return "a header line is not of the form name: value";
    case ParseFault::header_missing:
      return "the header field " + header + " is missing";
    case ParseFault::header_repeated:
      return "the header field " + header + " occurs more than once";
    case ParseFault::header_malformed:
      return "the header field " + header + " is malformed";
    case ParseFault::method_mismatch:
      return "CSeq names another method than the request line";
    case ParseFault::body_too_short:
      return "the body is shorter than Content-Length says";
  }
  return "the message is malformed";
}

Result<Message, ParseError> parse(BytesView datagram, const ParseLimits& limits) {
  return Parsing(as_text(datagram), limits).run();
}

}  // namespace muster::sip
