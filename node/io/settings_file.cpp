// SPDX-License-Identifier: Apache-2.0
#include "node/io/settings_file.hpp"

#include <algorithm>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "core/base/one_line.hpp"
#include "core/base/plain_text.hpp"
#include "core/wire/service_record.hpp"
#include "node/io/link_section.hpp"
#include "node/io/settings_values.hpp"

namespace muster::node {
namespace {

using namespace settings_values;

constexpr std::string_view phone_place = R"("127.0.0.1:5060" or "[::1]:5060")";
constexpr std::string_view peer_place = R"("192.0.2.7:7077" or "[2001:db8::7]:7077")";

Complaint endpoint(const toml::node& value, IpEndpoint& out, std::string_view example) {
  const auto found = value.value_exact<std::string>();
  const auto parsed = found ? IpEndpoint::parse(*found) : std::nullopt;
  if (!parsed || parsed->port == 0) {
    return fmt::format("not an IP address and port; write for example {}", example);
  }
  out = *parsed;
  return std::nullopt;
}

Complaint endpoints(const toml::node& value, std::vector<IpEndpoint>& out) {
  const auto* array = value.as_array();
  if (array == nullptr) return "not a list; write [\"192.0.2.7:7077\"]";
  for (const auto& element : *array) {
    if (auto complaint = endpoint(element, out.emplace_back(), peer_place)) return complaint;
  }
  return std::nullopt;
}

/// Phones are told to come back to it, so it must be one address that is ours.
Complaint sip_address(const toml::node& value, IpEndpoint& out) {
  if (auto complaint = endpoint(value, out, phone_place)) return complaint;
  const auto& address = out.address;
  if (address.is_unspecified() || address.is_multicast() || address.text() == "255.255.255.255") {
    return fmt::format(
        "{} is no address of one machine; write the one at which phones reach this node, for "
        "example \"192.0.2.1:5060\"",
        address.text());
  }
  return std::nullopt;
}

Complaint ports(const toml::node& value, Settings& out) {
  const auto* array = value.as_array();
  const auto first = array != nullptr && array->size() == 2
                         ? array->get(0)->value_exact<std::int64_t>()
                         : std::nullopt;
  const auto last = first ? array->get(1)->value_exact<std::int64_t>() : std::nullopt;
  if (!last || *first < 1024 || *last > 65535 || *first % 2 != 0 || *last <= *first) {
    return "not a range of UDP ports; write [FIRST, LAST] with 1024 <= FIRST < LAST <= 65535, "
           "FIRST even";
  }
  out.media_port_first = static_cast<std::uint16_t>(*first);
  out.media_port_last = static_cast<std::uint16_t>(*last);
  return std::nullopt;
}

Complaint ipc(const toml::node& value, std::string& out) {
  if (auto complaint = text(value, out)) return complaint;
  if (!out.starts_with("ipc://") || out.size() < 7 || out.size() > 6 + 107) {
    return "not an ipc:// address with a path of at most 107 octets; write \"ipc:///run/x.sock\"";
  }
  return std::nullopt;
}

/// Whether they are users at home here is for the kit to say.
Complaint user_names(const toml::node& value, std::vector<std::string>& out) {
  const auto* array = value.as_array();
  if (array == nullptr) return "not a list; write [\"guest-1\", \"guest-2\"]";
  if (array->size() > guests_max) return fmt::format("more than {} names", guests_max);
  for (const auto& element : *array) {
    if (auto complaint = text(element, out.emplace_back())) return complaint;
  }
  return std::nullopt;
}

Complaint services(const toml::node& value, std::vector<std::string>& out) {
  const auto* array = value.as_array();
  if (array == nullptr) return "not a list; write [\"gateway\", \"relay\"]";
  for (const auto& element : *array) {
    std::string name;
    if (auto complaint = one_of(element, name, {service_names.begin(), service_names.end()})) {
      return complaint;
    }
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(std::move(name));
  }
  return std::nullopt;
}

Complaint note(const toml::node& value, std::string& out) {
  if (auto complaint = text(value, out)) return complaint;
  if (out.size() > wire::ServiceRecord::note_bytes_max || !is_plain_text(out)) {
    return fmt::format("not one line of at most {} octets", wire::ServiceRecord::note_bytes_max);
  }
  return std::nullopt;
}

Complaint avahi(const toml::node& value, AvahiUse& out) {
  static const std::map<std::string, AvahiUse> uses{{"auto", AvahiUse::automatic},
                                                    {"daemon", AvahiUse::daemon},
                                                    {"embedded", AvahiUse::embedded},
                                                    {"off", AvahiUse::off}};
  std::string use;
  if (auto complaint = one_of(value, use, {"auto", "daemon", "embedded", "off"})) return complaint;
  out = uses.at(use);
  return std::nullopt;
}

Complaint dns(const toml::node& value, DnsUse& out) {
  static const std::map<std::string, DnsUse> uses{
      {"auto", DnsUse::automatic}, {"on", DnsUse::on}, {"off", DnsUse::off}};
  std::string use;
  if (auto complaint = one_of(value, use, {"auto", "on", "off"})) return complaint;
  out = uses.at(use);
  return std::nullopt;
}

std::vector<Table> tables_of(Settings& out) {
  using namespace std::chrono_literals;
  return {
      {"state", {{"directory", [&](auto& v) { return text(v, out.state_directory); }}}},
      {"control", {{"socket", [&](auto& v) { return ipc(v, out.control_socket); }}}},
      {"sip",
       {{"listen", [&](auto& v) { return sip_address(v, out.sip_listen); }},
        {"tcp", [&](auto& v) { return yes_or_no(v, out.sip_tcp); }},
        {"guests", [&](auto& v) { return user_names(v, out.sip_guests); }}}},
      {"media",
       {{"ports", [&](auto& v) { return ports(v, out); }},
        {"deadline", [&](auto& v) { return duration(v, out.media_deadline, 50ms, 5s); }}}},
      {"messages",
       {{"answer_within",
         [&](auto& v) { return duration(v, out.message_answer_within, 100ms, 25s); }},
        {"lifetime", [&](auto& v) { return duration(v, out.message_lifetime, 1s, 24h * 365); }},
        {"quota_bytes",
         [&](auto& v) { return number(v, out.message_quota_bytes, 65536, 1ll << 40); }}}},
      {"discovery",
       {{"peers", [&](auto& v) { return endpoints(v, out.peers); }},
        {"beacons", [&](auto& v) { return yes_or_no(v, out.beacons); }},
        {"avahi", [&](auto& v) { return avahi(v, out.avahi); }},
        {"dns", [&](auto& v) { return dns(v, out.dns); }}}},
      {"overlay",
       {{"replicate_to_all_bytes_max",
         [&](auto& v) { return number(v, out.replicate_to_all_bytes_max, 0, 1ll << 40); }},
        {"k", [&](auto& v) { return number(v, out.copies.emplace(), 1, 1000); }},
        {"alpha", [&](auto& v) { return number(v, out.look_up_parallel, 1, 100); }}}},
      {"services",
       {{"offer", [&](auto& v) { return services(v, out.services); }},
        {"note", [&](auto& v) { return note(v, out.services_note); }}}},
      {"security",
       {{"rekey_after", [&](auto& v) { return duration(v, out.rekey_after, 10s, 24h); }},
        {"rekey_after_frames",
         [&](auto& v) { return number(v, out.rekey_after_frames, 100, 1ll << 60); }}}},
      {"log",
       {{"level",
         [&](auto& v) {
           return one_of(v, out.log_level, {"trace", "debug", "info", "warn", "error", "off"});
         }},
        {"journal_events_max",
         [&](auto& v) { return number(v, out.journal_events_max, 0, 10'000'000); }}}},
  };
}

Complaint read_all(const toml::table& root, Settings& out, const std::string& name) {
  const auto tables = tables_of(out);
  for (const auto& [key, value] : root) {
    if (key.str() == "link") {
      if (auto complaint = read_links(value, out.links, name)) return complaint;
      continue;
    }
    const auto known = std::find_if(tables.begin(), tables.end(),
                                    [&said = key](const Table& t) { return t.name == said.str(); });
    if (known == tables.end()) {
      return fmt::format(
          "{}: {}: unknown section; there are [state], [control], [sip], [media], "
          "[messages], [discovery], [overlay], [services], [security], [log] and [[link]]",
          at(name, key.source()), key.str());
    }
    if (!value.is_table()) {
      return fmt::format("{}: {}: a section, not a value; write [{}] on a line of its own",
                         at(name, value.source()), key.str(), key.str());
    }
    if (auto complaint = read_table(*value.as_table(), *known, name)) return complaint;
  }
  return std::nullopt;
}

}  // namespace

Result<Settings> parse_settings(std::string_view text, const std::string& name) {
  Settings settings;
  try {
    const toml::table root = toml::parse(text, name);
    if (const auto complaint = read_all(root, settings, name)) return fail(one_line(*complaint));
  } catch (const toml::parse_error& error) {
    return fail(
        one_line(fmt::format("{}: not TOML: {}", at(name, error.source()), error.description())));
  }
  if (settings.control_socket.empty()) {
    settings.control_socket = "ipc://" + settings.state_directory + "/control.sock";
  }
  return settings;
}

Result<Settings> load_settings(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return fail(fmt::format("{}: cannot be read; does it exist, and may you?", path));
  std::string content(settings_file_bytes_max + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  // What a folder does when opened as a file.
  if (file.bad()) return fail(fmt::format("{}: cannot be read; is it a file?", path));
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.size() > settings_file_bytes_max) {
    return fail(fmt::format("{}: larger than {} octets; is this the configuration of musterd?",
                            path, settings_file_bytes_max));
  }
  return parse_settings(content, path);
}

}  // namespace muster::node
