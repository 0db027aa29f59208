// SPDX-License-Identifier: Apache-2.0
#include "node/io/link_section.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/base/ip_endpoint.hpp"
#include "radio/short_header.hpp"

namespace muster::node {
namespace {

using namespace settings_values;
using namespace std::chrono_literals;

constexpr std::size_t udp_mtu_min = 576;
constexpr std::size_t datagram_bytes_min = 200;  ///< a handshake between acquainted nodes fits
constexpr std::size_t kiss_datagram_bytes_max = 1500;
constexpr std::size_t rnode_datagram_bytes_max =
    radio::RnodeModem::frame_bytes_max - radio::ShortHeader::bytes;
/// One LoRa frame.
constexpr std::size_t rnode_datagram_bytes_default = 255 - 1 - radio::ShortHeader::bytes;
constexpr std::size_t serial_datagram_bytes_default = 250;
constexpr std::size_t tunnel_datagram_bytes_default = 1400;

/// A [[link]] as it is read, before it is known what belongs to its kind.
struct Draft {
  LinkSettings link;
  std::string kind;
  std::optional<std::size_t> mtu;
  std::string profile;
  std::optional<std::uint64_t> bitrate;
  std::optional<double> duty_cycle;
};

struct Kind {
  std::string_view name;
  LinkKind kind;
  std::set<std::string_view> needed;
  std::set<std::string_view> allowed;  ///< beside `kind`, `mtu` and what is needed
  std::string_view example;
};

const std::vector<Kind>& kinds() {
  static const std::set<std::string_view> kiss{"kiss_port", "txdelay",     "persistence", "slot",
                                               "txtail",    "full_duplex", "duty_cycle"};
  static const auto with = [](std::set<std::string_view> keys, std::string_view more) {
    keys.insert(more);
    return keys;
  };
  static const std::vector<Kind> all{
      {"udp", LinkKind::udp, {"interface"}, {"port"}, R"(interface = "wlan0")"},
      {"kiss-tcp",
       LinkKind::kiss_tcp,
       {"address", "station", "profile"},
       kiss,
       R"(address = "127.0.0.1:8001", station = "N0CALL-1" and profile = "afsk1200")"},
      {"kiss-serial",
       LinkKind::kiss_serial,
       {"device", "station", "profile"},
       with(kiss, "speed"),
       R"(device = "/dev/ttyUSB0", station = "N0CALL-1" and profile = "afsk1200")"},
      {"rnode",
       LinkKind::rnode,
       {"device", "frequency"},
       {"speed", "bandwidth", "spreading_factor", "coding_rate", "power", "flow_control",
        "duty_cycle"},
       R"(device = "/dev/ttyUSB0" and frequency = 869525000)"},
      {"serial",
       LinkKind::serial,
       {"device", "bitrate"},
       {"speed", "duty_cycle"},
       R"(device = "/dev/ttyUSB0" and bitrate = 64000)"},
      {"tcp", LinkKind::tcp, {"address"}, {}, R"(address = "gateway.example:7077")"},
      {"tcp-listen", LinkKind::tcp_listen, {"address"}, {}, R"(address = "0.0.0.0:7077")"},
  };
  return all;
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const auto& kind : kinds()) names.emplace_back(kind.name);
  return names;
}

Complaint kiss_time(const toml::node& value, std::optional<Duration>& out) {
  return duration(value, out.emplace(), 0ms, 2550ms);
}

Complaint host_and_port(const toml::node& value, std::string& out) {
  if (auto complaint = text(value, out)) return complaint;
  const auto colon = out.rfind(':');
  const bool digits = colon != std::string::npos && colon > 0 && colon + 1 < out.size() &&
                      out.size() - colon <= 6 &&
                      std::all_of(out.begin() + static_cast<std::ptrdiff_t>(colon) + 1, out.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  if (digits && std::stoul(out.substr(colon + 1)) - 1 < 65535) return std::nullopt;
  return "not a host and port; write for example \"127.0.0.1:8001\" or \"[::1]:8001\"";
}

Complaint station(const toml::node& value, std::string& out) {
  if (auto complaint = text(value, out)) return complaint;
  if (radio::Ax25Station::parse(out)) return std::nullopt;
  return "not a station of packet radio: up to six letters and digits, and -0 to -15";
}

Complaint speed(const toml::node& value, unsigned& out) {
  static constexpr std::array<unsigned, 13> speeds{
      1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 500000, 921600, 1000000};
  if (!number(value, out, 0, 4'000'000) &&
      std::find(speeds.begin(), speeds.end(), out) != speeds.end()) {
    return std::nullopt;
  }
  return fmt::format("not a speed of serial lines; there are {}", fmt::join(speeds, ", "));
}

Complaint packet_radio(const toml::node& value, std::string& out) {
  if (auto complaint = text(value, out)) return complaint;
  if (radio::find_packet_radio(out) != nullptr) return std::nullopt;
  return fmt::format("not one of {}", radio::packet_radio_names());
}

Complaint flag(const toml::node& value, std::optional<bool>& out) {
  return yes_or_no(value, out.emplace());
}

Table link_table(Draft& out) {
  auto& link = out.link;
  auto& rnode = link.rnode;
  return {
      "link",
      {{"kind", [&](auto& v) { return one_of(v, out.kind, kind_names()); }},
       {"interface", [&](auto& v) { return text(v, link.interface); }},
       {"port", [&](auto& v) { return number(v, link.port, 1, 65535); }},
       {"mtu", [&](auto& v) { return number(v, out.mtu.emplace(), datagram_bytes_min, 9000); }},
       {"address", [&](auto& v) { return host_and_port(v, link.address); }},
       {"device", [&](auto& v) { return text(v, link.device); }},
       {"speed", [&](auto& v) { return speed(v, link.speed); }},
       {"station", [&](auto& v) { return station(v, link.station); }},
       {"profile", [&](auto& v) { return packet_radio(v, out.profile); }},
       {"kiss_port", [&](auto& v) { return number(v, link.kiss_port, 0, 15); }},
       {"txdelay", [&](auto& v) { return kiss_time(v, link.kiss.tx_delay); }},
       {"persistence", [&](auto& v) { return number(v, link.kiss.persistence.emplace(), 0, 255); }},
       {"slot", [&](auto& v) { return kiss_time(v, link.kiss.slot_time); }},
       {"txtail", [&](auto& v) { return kiss_time(v, link.kiss.tx_tail); }},
       {"full_duplex", [&](auto& v) { return flag(v, link.kiss.full_duplex); }},
       {"frequency",
        [&](auto& v) { return number(v, rnode.frequency_hz, 137'000'000, 2'500'000'000); }},
       {"bandwidth", [&](auto& v) { return number(v, rnode.lora.bandwidth_hz, 7'800, 1'625'000); }},
       {"spreading_factor", [&](auto& v) { return number(v, rnode.lora.spreading_factor, 5, 12); }},
       {"coding_rate", [&](auto& v) { return number(v, rnode.lora.coding_rate, 5, 8); }},
       {"power", [&](auto& v) { return number(v, rnode.power_dbm, 0, 37); }},
       {"flow_control", [&](auto& v) { return yes_or_no(v, rnode.flow_control); }},
       {"bitrate", [&](auto& v) { return number(v, out.bitrate.emplace(), 50, 100'000'000); }},
       {"duty_cycle", [&](auto& v) { return fraction(v, out.duty_cycle.emplace(), 0.0001, 1); }}}};
}

Complaint check_keys(const toml::table& table, const Kind& kind) {
  for (const auto& key : kind.needed) {
    if (!table.contains(key)) {
      return fmt::format("{} is needed; write kind = \"{}\" with {}", key, kind.name, kind.example);
    }
  }
  for (const auto& [key, value] : table) {
    const auto said = key.str();
    if (said == "kind" || said == "mtu" || kind.needed.contains(said) ||
        kind.allowed.contains(said)) {
      continue;
    }
    return fmt::format("{} does not belong to a link of kind {}; remove it", said, kind.name);
  }
  return std::nullopt;
}

struct Sizes {
  std::size_t min = datagram_bytes_min;
  std::size_t usual = 0;
  std::size_t max = 0;
};

/// What its radio carries, and how large its datagrams may be.
Sizes set_profile(Draft& draft) {
  auto& profile = draft.link.profile;
  switch (draft.link.kind) {
    case LinkKind::udp:
      return {udp_mtu_min, LinkSettings{}.mtu, 9000};
    case LinkKind::kiss_tcp:
    case LinkKind::kiss_serial: {
      const auto& named = *radio::find_packet_radio(draft.profile);
      profile = named.profile;
      return {datagram_bytes_min, named.datagram_bytes_max, kiss_datagram_bytes_max};
    }
    case LinkKind::rnode:
      profile = radio::lora_profile(draft.link.rnode.lora);
      profile.header_bytes = radio::ShortHeader::bytes + 1;
      return {datagram_bytes_min, rnode_datagram_bytes_default, rnode_datagram_bytes_max};
    case LinkKind::serial:
      profile.bitrate_bps = *draft.bitrate;
      profile.header_bytes = radio::ShortHeader::bytes + 5;
      return {datagram_bytes_min, serial_datagram_bytes_default, kiss_datagram_bytes_max};
    case LinkKind::tcp:
    case LinkKind::tcp_listen:
      break;
  }
  return {datagram_bytes_min, tunnel_datagram_bytes_default, 2048};
}

Complaint finish(Draft& draft, const toml::table& table) {
  const auto kind = std::find_if(kinds().begin(), kinds().end(),
                                 [&](const Kind& one) { return one.name == draft.kind; });
  if (kind == kinds().end()) {
    return "kind and interface are needed; write kind = \"udp\" and interface = \"wlan0\"";
  }
  draft.link.kind = kind->kind;
  if (auto complaint = check_keys(table, *kind)) return complaint;
  if (kind->kind == LinkKind::tcp_listen && !IpEndpoint::parse(draft.link.address)) {
    return "address: not an IP address and port; write for example \"0.0.0.0:7077\"";
  }
  const Sizes sizes = set_profile(draft);
  draft.link.profile.duty_cycle = draft.duty_cycle;
  draft.link.rnode.airtime_long = draft.duty_cycle;
  draft.link.mtu = draft.mtu.value_or(sizes.usual);
  if (draft.link.mtu < sizes.min || draft.link.mtu > sizes.max) {
    return fmt::format("mtu: not a whole number from {} to {}, which a link of kind {} carries",
                       sizes.min, sizes.max, kind->name);
  }
  return std::nullopt;
}

/// What only one link can have.
std::string place_of(const LinkSettings& link) {
  switch (link.kind) {
    case LinkKind::udp:
      return fmt::format("interface {} and port {}", link.interface, link.port);
    case LinkKind::kiss_tcp:
      return fmt::format("address {} and kiss_port {}", link.address, link.kiss_port);
    case LinkKind::kiss_serial:
    case LinkKind::rnode:
    case LinkKind::serial:
      return fmt::format("device {}", link.device);
    case LinkKind::tcp:
      return fmt::format("address {}", link.address);
    case LinkKind::tcp_listen:
      break;
  }
  return fmt::format("listening address {}", link.address);
}

}  // namespace

Complaint read_links(const toml::node& value, std::vector<LinkSettings>& out,
                     const std::string& name) {
  const auto* array = value.as_array();
  if (array == nullptr || !array->is_array_of_tables()) {
    return fmt::format("{}: link: not a list of tables; write [[link]]", at(name, value.source()));
  }
  std::map<std::string, toml::source_index> taken;
  for (const auto& element : *array) {
    Draft draft;
    const auto& table = *element.as_table();
    if (auto complaint = read_table(table, link_table(draft), name)) return complaint;
    if (const auto complaint = finish(draft, table)) {
      return fmt::format("{}: link: {}", at(name, element.source()), *complaint);
    }
    const auto line = element.source().begin.line;
    const auto [before, is_new] = taken.emplace(place_of(draft.link), line);
    if (!is_new) {
      return fmt::format("{}: link: {} again, as in line {}; remove one of the two",
                         at(name, element.source()), before->first, before->second);
    }
    out.push_back(std::move(draft.link));
  }
  return std::nullopt;
}

}  // namespace muster::node
