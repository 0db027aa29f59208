// SPDX-License-Identifier: Apache-2.0
#include "sip/sdp.hpp"

#include <array>

#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

/// A line without its end.
std::string_view content(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

void replace_content(std::string& line, const std::string& with) {
  line.replace(0, content(line).size(), with);
}

/// "IN IP4 192.0.2.1" or "IN IP6 2001:db8::1", a multicast suffix allowed; also in a=rtcp.
struct Connection {
  bool unspecified = false;
  std::optional<IpAddress> address;  ///< nothing for a host name
};

std::optional<Connection> parse_connection(std::string_view text) {
  Scanner scanner(text);
  if (!same(scanner.until(" "), "IN") || !scanner.take(' ')) return std::nullopt;
  const auto type = scanner.until(" ");
  if ((type != "IP4" && type != "IP6") || !scanner.take(' ')) return std::nullopt;
  const auto host = scanner.until("/ ");
  if (host.empty()) return std::nullopt;
  Connection connection{false, IpAddress::parse(host)};
  connection.unspecified = connection.address && connection.address->is_unspecified();
  return connection;
}

std::string connection_text(const IpAddress& address) {
  return (address.v6 ? "IN IP6 " : "IN IP4 ") + address.text();
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = whole_number(text);
  if (!number || *number > 0xffff) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

bool names_rtp(std::string_view protocol) { return protocol.find("RTP/") != protocol.npos; }

}  // namespace

std::optional<Sdp> Sdp::parse(std::string_view text) {
  if (text.size() > bytes_max || text.substr(0, 3) != "v=0") return std::nullopt;
  Sdp sdp;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto size = end == text.npos ? text.size() : end + 1;
    sdp.lines_.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
    if (!sdp.read_line(sdp.lines_.size() - 1)) return std::nullopt;
  }
  if (!sdp.resolve_addresses()) return std::nullopt;
  return sdp;
}

std::string Sdp::str() const {
  std::string text;
  for (const auto& line : lines_) text += line;
  return text;
}

bool Sdp::read_line(std::size_t number) {
  const auto line = content(lines_[number]);
  if (line.size() < 2 || line[1] != '=') return line.empty();
  const auto value = line.substr(2);
  switch (line.front()) {
    case 'm':
      return read_media(number, value);
    case 'a':
      return read_attribute(number, value);
    case 'c':
      // Further c= lines of one stream are for layered multicast: the first counts.
      if (streams_.empty()) {
        session_connection_ = number;
      } else if (!places_.back().connection) {
        places_.back().connection = number;
      }
      return true;
    default:
      return true;
  }
}

bool Sdp::read_media(std::size_t number, std::string_view value) {
  Scanner scanner(value);
  SdpStream stream;
  stream.media = scanner.until(" ");
  scanner.take(' ');
  const auto port = parse_port(scanner.until("/ "));
  scanner.until(" ");
  scanner.take(' ');
  const auto protocol = scanner.until(" ");
  stream.is_rtp = names_rtp(protocol);
  // redirect() relies on something behind the port.
  if (!port || stream.media.empty() || protocol.empty()) return false;
  if (streams_.size() == streams_max) return false;
  stream.port = *port;
  streams_.push_back(std::move(stream));
  places_.push_back({number, std::nullopt, std::nullopt});
  return true;
}

bool Sdp::read_attribute(std::size_t number, std::string_view value) {
  if (value == "sendonly" || value == "recvonly" || value == "inactive") on_hold_ = true;
  if (streams_.empty()) return true;
  if (value == "rtcp-mux") streams_.back().rtcp_mux = true;
  if (value.substr(0, 5) == "rtcp:") places_.back().rtcp = number;
  return true;
}

/// c= may follow what needs it, so endpoints are made when all lines are known.
bool Sdp::resolve_addresses() {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    SdpStream& stream = streams_[i];
    const auto line = places_[i].connection ? places_[i].connection : session_connection_;
    if (!line) return false;
    const auto connection = parse_connection(content(lines_[*line]).substr(2));
    if (!connection) return false;
    stream.held = connection->unspecified;
    on_hold_ |= stream.held;
    if (stream.port == 0 || stream.held || !connection->address) continue;
    stream.rtp = IpEndpoint{*connection->address, stream.port};
    stream.rtcp = stream.rtp;
    stream.rtcp->port = static_cast<std::uint16_t>(stream.port + 1);
    if (!places_[i].rtcp) continue;
    Scanner scanner(content(lines_[*places_[i].rtcp]).substr(7));
    const auto port = parse_port(scanner.until(" "));
    if (!port) return false;
    stream.rtcp->port = *port;
    if (!scanner.take(' ')) continue;
    const auto other = parse_connection(scanner.rest());
    if (!other) return false;
    if (other->address) stream.rtcp->address = *other->address;
  }
  return true;
}

void Sdp::redirect(std::size_t index, const IpEndpoint& rtp) {
  SdpStream& stream = streams_.at(index);
  if (stream.port == 0 || stream.held) return;
  const Lines& place = places_[index];

  const auto old_media = content(lines_[place.media]);
  const auto port_begin = old_media.find(' ') + 1;
  const auto port_end = old_media.find_first_of("/ ", port_begin);
  replace_content(lines_[place.media], std::string{old_media.substr(0, port_begin)} +
                                           std::to_string(rtp.port) +
                                           std::string{old_media.substr(port_end)});

  const auto connection = place.connection ? *place.connection : *session_connection_;
  replace_content(lines_[connection], "c=" + connection_text(rtp.address));

  const bool same_port = stream.rtcp && stream.rtp && stream.rtcp->port == stream.rtp->port;
  const auto rtcp_port = static_cast<std::uint16_t>(same_port ? rtp.port : rtp.port + 1);
  if (place.rtcp) {
    const bool addressed = content(lines_[*place.rtcp]).find(' ') != std::string_view::npos;
    replace_content(lines_[*place.rtcp],
                    "a=rtcp:" + std::to_string(rtcp_port) +
                        (addressed ? ' ' + connection_text(rtp.address) : std::string{}));
  }
  stream.port = rtp.port;
  stream.rtp = rtp;
  stream.rtcp = IpEndpoint{rtp.address, rtcp_port};
}

}  // namespace muster::sip
