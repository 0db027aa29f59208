// SPDX-License-Identifier: Apache-2.0
#include "node/io/settings_file.hpp"

#include <charconv>
#include <fstream>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "core/base/one_line.hpp"

namespace muster::node {
namespace {

/// What is wrong with one value; the caller knows which key and where.
using Complaint = std::optional<std::string>;

struct Key {
  std::string name;
  std::function<Complaint(const toml::node&)> read;
};

struct Table {
  std::string name;
  std::vector<Key> keys;
};

Complaint text(const toml::node& value, std::string& out) {
  const auto found = value.value_exact<std::string>();
  if (!found || found->empty()) return "not a text; write \"...\"";
  out = *found;
  return std::nullopt;
}

Complaint yes_or_no(const toml::node& value, bool& out) {
  const auto found = value.value_exact<bool>();
  if (!found) return "not true or false; write it without quotes";
  out = *found;
  return std::nullopt;
}

template <typename Number>
Complaint number(const toml::node& value, Number& out, std::int64_t low, std::int64_t high) {
  const auto found = value.value_exact<std::int64_t>();
  if (!found || *found < low || *found > high) {
    return fmt::format("not a whole number from {} to {}", low, high);
  }
  out = static_cast<Number>(*found);
  return std::nullopt;
}

Complaint duration(const toml::node& value, Duration& out, Duration low, Duration high) {
  static const std::map<std::string, Duration> units{{"ms", std::chrono::milliseconds{1}},
                                                     {"s", std::chrono::seconds{1}},
                                                     {"m", std::chrono::minutes{1}},
                                                     {"h", std::chrono::hours{1}},
                                                     {"d", std::chrono::hours{24}}};
  const auto found = value.value_exact<std::string>();
  std::int64_t count = 0;
  if (found) {
    const auto [end, error] = std::from_chars(found->data(), found->data() + found->size(), count);
    const auto unit = units.find(std::string{end, found->data() + found->size()});
    if (error == std::errc{} && unit != units.end() && count >= 0 && count <= 1'000'000) {
      out = count * unit->second;
      if (out >= low && out <= high) return std::nullopt;
    }
  }
  return fmt::format("not a time from {} ms to {} s; write for example \"400ms\", \"4s\", \"7d\"",
                     low / std::chrono::milliseconds{1}, high / std::chrono::seconds{1});
}

Complaint endpoint(const toml::node& value, IpEndpoint& out) {
  const auto found = value.value_exact<std::string>();
  const auto parsed = found ? IpEndpoint::parse(*found) : std::nullopt;
  if (!parsed || parsed->port == 0) {
    return "not an IP address and port; write for example \"127.0.0.1:5060\" or \"[::1]:5060\"";
  }
  out = *parsed;
  return std::nullopt;
}

Complaint endpoints(const toml::node& value, std::vector<IpEndpoint>& out) {
  const auto* array = value.as_array();
  if (array == nullptr) return "not a list; write [\"192.0.2.7:7077\"]";
  for (const auto& element : *array) {
    if (auto complaint = endpoint(element, out.emplace_back())) return complaint;
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

Complaint one_of(const toml::node& value, std::string& out,
                 const std::vector<std::string>& allowed) {
  const auto found = value.value_exact<std::string>();
  if (found && std::find(allowed.begin(), allowed.end(), *found) != allowed.end()) {
    out = *found;
    return std::nullopt;
  }
  return fmt::format("not one of {}", fmt::join(allowed, ", "));
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

std::vector<Table> tables_of(Settings& out) {
  using namespace std::chrono_literals;
  return {
      {"state", {{"directory", [&](auto& v) { return text(v, out.state_directory); }}}},
      {"control", {{"socket", [&](auto& v) { return ipc(v, out.control_socket); }}}},
      {"sip",
       {{"listen", [&](auto& v) { return endpoint(v, out.sip_listen); }},
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
        {"avahi", [&](auto& v) { return avahi(v, out.avahi); }}}},
      {"overlay",
       {{"replicate_to_all_bytes_max",
         [&](auto& v) { return number(v, out.replicate_to_all_bytes_max, 0, 1ll << 40); }},
        {"k", [&](auto& v) { return number(v, out.copies.emplace(), 1, 1000); }},
        {"alpha", [&](auto& v) { return number(v, out.look_up_parallel, 1, 100); }}}},
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

Table link_table(LinkSettings& out, std::string& kind) {
  return {"link",
          {{"kind", [&](auto& v) { return one_of(v, kind, {"udp"}); }},
           {"interface", [&](auto& v) { return text(v, out.interface); }},
           {"port", [&](auto& v) { return number(v, out.port, 1, 65535); }},
           {"mtu", [&](auto& v) { return number(v, out.mtu, 576, 9000); }}}};
}

std::string at(const std::string& name, const toml::source_region& where) {
  return fmt::format("{}:{}", name, where.begin.line);
}

std::string known_keys(const std::vector<Key>& keys) {
  std::string list;
  for (const auto& key : keys) list += (list.empty() ? "" : ", ") + key.name;
  return list;
}

Complaint read_table(const toml::table& table, const Table& schema, const std::string& name) {
  for (const auto& [key, value] : table) {
    const auto known = std::find_if(schema.keys.begin(), schema.keys.end(),
                                    [&said = key](const Key& k) { return k.name == said.str(); });
    if (known == schema.keys.end()) {
      return fmt::format("{}: {}.{}: unknown key; the keys of [{}] are: {}", at(name, key.source()),
                         schema.name, key.str(), schema.name, known_keys(schema.keys));
    }
    if (const auto complaint = known->read(value)) {
      return fmt::format("{}: {}.{}: {}", at(name, value.source()), schema.name, key.str(),
                         *complaint);
    }
  }
  return std::nullopt;
}

Complaint read_links(const toml::node& value, Settings& out, const std::string& name) {
  const auto* array = value.as_array();
  if (array == nullptr || !array->is_array_of_tables()) {
    return fmt::format("{}: link: not a list of tables; write [[link]]", at(name, value.source()));
  }
  for (const auto& element : *array) {
    LinkSettings link;
    std::string kind;
    if (auto complaint = read_table(*element.as_table(), link_table(link, kind), name)) {
      return complaint;
    }
    if (kind.empty() || link.interface.empty()) {
      return fmt::format(
          "{}: link: kind and interface are needed; write kind = \"udp\" and "
          "interface = \"wlan0\"",
          at(name, element.source()));
    }
    out.links.push_back(std::move(link));
  }
  return std::nullopt;
}

Complaint read_all(const toml::table& root, Settings& out, const std::string& name) {
  const auto tables = tables_of(out);
  for (const auto& [key, value] : root) {
    if (key.str() == "link") {
      if (auto complaint = read_links(value, out, name)) return complaint;
      continue;
    }
    const auto known = std::find_if(tables.begin(), tables.end(),
                                    [&said = key](const Table& t) { return t.name == said.str(); });
    if (known == tables.end()) {
      return fmt::format(
          "{}: {}: unknown section; there are [state], [control], [sip], [media], "
          "[messages], [discovery], [overlay], [security], [log] and [[link]]",
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
