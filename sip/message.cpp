// SPDX-License-Identifier: Apache-2.0
#include "sip/message.hpp"

#include <algorithm>
#include <cassert>

#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

auto named(std::string_view name) {
  return [name](const Header& header) { return same_header(header.name, name); };
}

bool is_one_line(std::string_view text) { return text.find_first_of("\r\n") == text.npos; }

/// The value of a list field without its first element; empty if that was the only one.
std::string without_first(std::string_view value) {
  const auto pieces = split_list(value);
  if (pieces.size() < 2) return {};
  return std::string{value.substr(static_cast<std::size_t>(pieces[1].data() - value.data()))};
}

}  // namespace

Message Message::request(std::string method, Uri request_uri) {
  assert(is_token(method));
  Message message;
  message.method_ = std::move(method);
  message.request_uri_ = std::move(request_uri);
  return message;
}

Message Message::response(unsigned status, std::string reason) {
  assert(status >= 100 && status <= 699 && is_one_line(reason));
  Message message;
  message.status_ = status;
  message.reason_ = std::move(reason);
  return message;
}

std::string Message::method() const { return is_request() ? method_ : cseq().method; }

std::optional<std::string_view> Message::header(std::string_view name) const {
  const auto it = std::find_if(headers_.begin(), headers_.end(), named(name));
  if (it == headers_.end()) return std::nullopt;
  return it->value;
}

std::vector<std::string_view> Message::headers(std::string_view name) const {
  std::vector<std::string_view> values;
  const bool list = is_list_header(name);
  for (const auto& header : headers_) {
    if (!same_header(header.name, name)) continue;
    if (!list) {
      values.push_back(header.value);
    } else if (!header.value.empty()) {  // "Accept:" and "Supported:" may be empty lists
      const auto pieces = split_list(header.value);
      values.insert(values.end(), pieces.begin(), pieces.end());
    }
  }
  return values;
}

void Message::set(std::string_view name, std::string value) {
  assert(is_one_line(value));
  const auto it = std::find_if(headers_.begin(), headers_.end(), named(name));
  if (it == headers_.end()) return add(name, std::move(value));
  it->value = std::move(value);
  headers_.erase(std::remove_if(it + 1, headers_.end(), named(name)), headers_.end());
}

void Message::add(std::string_view name, std::string value) {
  assert(is_token(name) && is_one_line(value));
  headers_.push_back({std::string{name}, std::move(value)});
}

void Message::prepend(std::string_view name, std::string value) {
  assert(is_token(name) && is_one_line(value));
  auto place = std::find_if(headers_.begin(), headers_.end(), named(name));
  if (place == headers_.end()) place = headers_.begin();
  headers_.insert(place, {std::string{name}, std::move(value)});
}

void Message::remove_first(std::string_view name) {
  const auto it = std::find_if(headers_.begin(), headers_.end(), named(name));
  if (it == headers_.end()) return;
  std::string rest = is_list_header(name) ? without_first(it->value) : std::string{};
  if (rest.empty()) {
    headers_.erase(it);
  } else {
    it->value = std::move(rest);
  }
}

void Message::remove(std::string_view name) { std::erase_if(headers_, named(name)); }

std::optional<Via> Message::via_top() const {
  const auto field = header("Via");
  return field ? Via::parse(split_list(*field).front()) : std::nullopt;
}

void Message::set_via_top(const Via& via) {
  remove_first("Via");
  prepend("Via", via.str());
}

NameAddr Message::from() const {
  return NameAddr::parse(header("From").value_or("")).value_or(NameAddr{});
}

NameAddr Message::to() const {
  return NameAddr::parse(header("To").value_or("")).value_or(NameAddr{});
}

CSeq Message::cseq() const { return CSeq::parse(header("CSeq").value_or("")).value_or(CSeq{}); }

std::string Message::call_id() const { return std::string{header("Call-ID").value_or("")}; }

std::vector<NameAddr> Message::addresses(std::string_view name) const {
  std::vector<NameAddr> out;
  for (const auto value : headers(name)) {
    if (auto address = NameAddr::parse(value)) out.push_back(std::move(*address));
  }
  return out;
}

std::vector<NameAddr> Message::contacts() const { return addresses("Contact"); }

bool Message::contact_is_wildcard() const { return header("Contact") == "*"; }

std::vector<NameAddr> Message::routes() const { return addresses("Route"); }

std::vector<NameAddr> Message::record_routes() const { return addresses("Record-Route"); }

std::optional<unsigned> Message::max_forwards() const {
  const auto value = whole_number(header("Max-Forwards").value_or(""));
  if (!value || *value > 255) return std::nullopt;
  return *value;
}

std::optional<std::uint32_t> Message::expires() const {
  return whole_number(header("Expires").value_or(""));
}

std::string Message::content_type() const {
  const auto value = header("Content-Type").value_or("");
  return lower(trimmed(value.substr(0, value.find(';'))));
}

Bytes Message::serialise() const {
  std::string out = is_request() ? method_ + ' ' + request_uri_.str() + " SIP/2.0\r\n"
                                 : "SIP/2.0 " + std::to_string(status_) + ' ' + reason_ + "\r\n";
  for (const auto& [name, value] : headers_) {
    if (same_header(name, "Content-Length")) continue;
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  return to_bytes(out);
}

Message make_response(const Message& request, unsigned status, std::string_view reason,
                      std::string_view to_tag) {
  if (reason.empty()) reason = reason_phrase(status);
  Message response = Message::response(status, std::string{reason});
  const bool makes_dialog = status > 100 && status < 300;
  for (const auto& [name, value] : request.headers()) {
    const bool copied = same_header(name, "Via") || same_header(name, "From") ||
                        same_header(name, "To") || same_header(name, "Call-ID") ||
                        same_header(name, "CSeq") ||
                        (makes_dialog && same_header(name, "Record-Route")) ||
                        (status == 100 && same_header(name, "Timestamp"));
    if (copied) response.add(name, value);
  }
  if (status != 100 && !to_tag.empty() && response.to().tag().empty()) {
    const std::string to{response.header("To").value_or("")};
    response.set("To", to + ";tag=" + std::string{to_tag});
  }
  return response;
}

}  // namespace muster::sip
