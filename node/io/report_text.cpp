// SPDX-License-Identifier: Apache-2.0
#include "node/io/report_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace muster::node {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

/// Columns as wide as their widest cell, two spaces between them.
std::string columns(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string span_text(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} d", seconds / 86400);
}

std::string shown(const std::string& name, const std::string& node) {
  return name.empty() ? node.substr(0, 8) : name;
}

std::string replicated(const StatusReport& report) {
  if (report.directory_spread != "closest") return "to every node";
  return fmt::format("to the {} nodes closest to each name, {} copies missing",
                     report.directory_copies, report.directory_copies_missing);
}

std::string nodes_known(const StatusReport& report) {
  if (report.directory_members != "buckets") return fmt::format("all {}", report.directory_nodes);
  return fmt::format("some of about {} (buckets)", report.directory_nodes);
}

std::string text(const StatusReport& report) {
  std::vector<Row> rows{
      {"node", fmt::format("{} ({})", shown(report.name, report.node), report.node)},
      {"overlay", report.overlay},
      {"up for", fmt::format("{}, start number {}", span_text(report.uptime_s), report.boot)},
      {"neighbours", std::to_string(report.neighbours)},
      {"nodes reached", std::to_string(report.routes)},
      {"users here now", std::to_string(report.users)},
      {"directory", fmt::format("{} records, digest {}", report.directory_records,
                                report.directory_digest.substr(0, 8))},
      {"replicated", replicated(report)},
      {"nodes known", nodes_known(report)},
      {"messages waiting", std::to_string(report.messages_waiting)}};
  for (const auto& counter : report.counters) {
    if (counter.value > 0)
      rows.push_back({"dropped", fmt::format("{} {}", counter.value, counter.name)});
  }
  return columns(rows);
}

std::string text(const std::vector<PeerReport>& peers) {
  if (peers.empty()) return "no neighbours heard yet\n";
  std::vector<Row> rows{{"NEIGHBOUR", "STATE", "RTT", "DELIVERED", "LINK", "ADDRESS"}};
  for (const auto& peer : peers) {
    rows.push_back({shown(peer.name, peer.node), peer.up ? "up" : "silent",
                    fmt::format("{:.1f} ms", peer.rtt_ms),
                    fmt::format("{:.0f} %", peer.delivery_ratio * 100), peer.link, peer.address});
  }
  return columns(rows);
}

std::string text(const std::vector<RouteReport>& routes) {
  if (routes.empty()) return "no routes yet\n";
  std::vector<Row> rows{{"NODE", "NEXT HOP", "COST"}};
  for (const auto& route : routes) {
    rows.push_back({shown(route.name, route.node), shown(route.next_hop_name, route.next_hop),
                    fmt::format("{:.2f}", route.metric / 256.0)});
  }
  return columns(rows);
}

std::string text(const std::vector<UserReport>& users) {
  if (users.empty()) return "no users known yet\n";
  std::vector<Row> rows{{"USER", "REGISTERED AT"}};
  for (const auto& user : users) {
    std::string places;
    for (const auto& at : user.nodes) {
      places += (places.empty() ? "" : ", ") + shown(at.name, at.node);
    }
    rows.push_back({user.aor, user.registered ? places : "-"});
  }
  return columns(rows);
}

std::string text(const std::vector<MessageReport>& messages) {
  if (messages.empty()) return "no messages kept here\n";
  std::vector<Row> rows{{"ID", "FROM", "TO", "STATE", "AGE", "TRIES"}};
  for (const auto& message : messages) {
    rows.push_back({std::to_string(message.id), message.from, message.to, message.state,
                    span_text(message.age_s), std::to_string(message.attempts)});
  }
  return columns(rows);
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 10'000) return fmt::format("{} B", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string text(const std::vector<LinkReport>& links) {
  if (links.empty()) return "no links; add a [[link]] to the configuration\n";
  std::vector<Row> rows{
      {"LINK", "KIND", "PORT", "STATE", "MTU", "SENT", "", "RECEIVED", "", "ERRORS"}};
  for (const auto& link : links) {
    const std::string state =
        link.up ? "up" : (link.trouble.empty() ? "down" : "down: " + link.trouble);
    rows.push_back({link.link, link.kind, std::to_string(link.port), state,
                    std::to_string(link.mtu), std::to_string(link.frames_sent),
                    bytes_text(link.bytes_sent), std::to_string(link.frames_received),
                    bytes_text(link.bytes_received),
                    std::to_string(link.send_errors + link.receive_errors)});
  }
  return columns(rows);
}

std::string text(const HealthReport& health) {
  if (health.listening) return "listening: just started, nothing is written yet\n";
  return fmt::format("directory: written {}, read back {}, version {}.{}\n",
                     health.put ? "yes" : "NO", health.got ? "yes" : "NO", health.epoch,
                     health.sequence);
}

std::string answer_text(const TraceReport::Step& step) {
  if (step.asked == 0) return "here";
  if (!step.answered) return fmt::format("silent, asked {} times", step.asked);
  return fmt::format("{:.1f} ms", step.round_trip_ms);
}

std::string text(const TraceReport::Path& path) {
  std::vector<Row> rows{{"STEP", "ANSWERED", "NEXT HOP", "DELIVERED", "HOP RTT", "COST", "UP FOR"}};
  for (const auto& step : path.steps) {
    Row row{shown(step.name, step.node), answer_text(step)};
    if (!step.next_hop.empty()) {
      row.insert(row.end(), {shown(step.next_hop_name, step.next_hop),
                             fmt::format("{:.0f} %", step.delivery_ratio * 100),
                             fmt::format("{:.1f} ms", step.hop_rtt_ms),
                             fmt::format("{:.2f}", step.metric / 256.0)});
    } else {
      row.insert(row.end(), {"-", "", "", ""});
    }
    row.push_back(step.answered ? span_text(step.uptime_s) : "");
    rows.push_back(std::move(row));
  }
  return fmt::format("to {}: {}, {} hops\n", shown(path.to_name, path.to), path.state,
                     path.steps.size() - std::min<std::size_t>(path.steps.size(), 1)) +
         columns(rows);
}

std::string text(const TraceReport& trace) {
  std::string all =
      fmt::format("{}: {}{}\n", trace.target, trace.state, trace.done ? "" : " (not finished)");
  for (const auto& path : trace.paths) all += text(path);
  if (trace.holders.empty()) return all;
  std::vector<Row> rows{{"HOLDER", "ANSWERED", "HOLDS"}};
  for (const auto& holder : trace.holders) {
    std::string held;
    for (const auto& record : holder.records) {
      held += fmt::format("{}{} {}.{}, {} old", held.empty() ? "" : "; ",
                          shown(record.writer_name, record.writer), record.epoch, record.sequence,
                          span_text(record.age_s));
    }
    if (held.empty() && holder.answered) held = "nothing";
    rows.push_back({shown(holder.name, holder.node), answer_text(holder), held});
  }
  return all + columns(rows);
}

std::string distance(const ServicesReport::Offer& offer) {
  if (offer.here) return "here";
  if (!offer.reachable) return "out of reach";
  std::string text;
  if (offer.metric != 0) text = fmt::format("cost {:.2f}", offer.metric / 256.0);
  if (offer.rtt_ms == 0) return text.empty() ? "within reach" : text;
  return fmt::format("{}{}{:.1f} ms", text, text.empty() ? "" : ", ", offer.rtt_ms);
}

std::string no_offers(const ServicesReport& report) {
  const auto what = report.service.empty() ? "a service" : report.service;
  if (report.listening) return "not known: this node has just started; ask again in a moment\n";
  if (report.state == "unknown") {
    return fmt::format("not known: of {} nodes that may know who offers {}, {} are silent\n",
                       report.asked, what, report.silent);
  }
  return fmt::format("nobody within reach offers {}; {} nodes were heard\n", what, report.asked);
}

std::string text(const ServicesReport& report) {
  if (report.offers.empty()) return no_offers(report);
  std::vector<Row> rows{{"SERVICE", "NODE", "DISTANCE", "AGE", "NOTE"}};
  for (const auto& offer : report.offers) {
    rows.push_back({offer.service, shown(offer.name, offer.node), distance(offer),
                    span_text(offer.age_s) + (offer.confirmed ? "" : " (not confirmed)"),
                    offer.note});
  }
  return columns(rows);
}

Json json(const StatusReport& report) {
  Json counters = Json::object();
  for (const auto& counter : report.counters) counters[counter.name] = counter.value;
  return {{"node", report.node},
          {"name", report.name},
          {"overlay", report.overlay},
          {"uptime_s", report.uptime_s},
          {"boot", report.boot},
          {"neighbours", report.neighbours},
          {"routes", report.routes},
          {"users", report.users},
          {"directory_digest", report.directory_digest},
          {"directory_records", report.directory_records},
          {"directory_spread", report.directory_spread},
          {"directory_members", report.directory_members},
          {"directory_nodes", report.directory_nodes},
          {"directory_copies", report.directory_copies},
          {"directory_copies_missing", report.directory_copies_missing},
          {"messages_waiting", report.messages_waiting},
          {"counters", counters}};
}

Json json(const PeerReport& peer) {
  return {{"node", peer.node},
          {"name", peer.name},
          {"link", peer.link},
          {"address", peer.address},
          {"up", peer.up},
          {"rtt_ms", peer.rtt_ms},
          {"delivery_ratio", peer.delivery_ratio}};
}

Json json(const RouteReport& route) {
  return {{"node", route.node},
          {"name", route.name},
          {"next_hop", route.next_hop},
          {"next_hop_name", route.next_hop_name},
          {"metric", route.metric}};
}

Json json(const UserReport& user) {
  Json nodes = Json::array();
  for (const auto& at : user.nodes) nodes.push_back({{"node", at.node}, {"name", at.name}});
  return {{"aor", user.aor}, {"registered", user.registered}, {"nodes", nodes}};
}

Json json(const MessageReport& message) {
  return {{"id", message.id},       {"from", message.from},   {"to", message.to},
          {"state", message.state}, {"age_s", message.age_s}, {"attempts", message.attempts}};
}

Json json(const LinkReport& link) {
  return {{"link", link.link},
          {"kind", link.kind},
          {"port", link.port},
          {"up", link.up},
          {"trouble", link.trouble},
          {"mtu", link.mtu},
          {"datagram_bytes_max", link.datagram_bytes_max},
          {"frames_sent", link.frames_sent},
          {"bytes_sent", link.bytes_sent},
          {"frames_received", link.frames_received},
          {"bytes_received", link.bytes_received},
          {"send_errors", link.send_errors},
          {"receive_errors", link.receive_errors}};
}

Json json(const HealthReport& health) {
  return {
      {"listening", health.listening},     {"put", health.put},     {"got", health.got},
      {"from_before", health.from_before}, {"epoch", health.epoch}, {"sequence", health.sequence}};
}

Json json(const TraceReport::Step& step) {
  Json records = Json::array();
  for (const auto& held : step.records) {
    records.push_back({{"writer", held.writer},
                       {"writer_name", held.writer_name},
                       {"epoch", held.epoch},
                       {"sequence", held.sequence},
                       {"age_s", held.age_s}});
  }
  return {{"node", step.node},
          {"name", step.name},
          {"answered", step.answered},
          {"asked", step.asked},
          {"round_trip_ms", step.round_trip_ms},
          {"next_hop", step.next_hop},
          {"next_hop_name", step.next_hop_name},
          {"metric", step.metric},
          {"delivery_ratio", step.delivery_ratio},
          {"hop_rtt_ms", step.hop_rtt_ms},
          {"uptime_s", step.uptime_s},
          {"records", records}};
}

Json json(const TraceReport& trace) {
  Json paths = Json::array();
  for (const auto& path : trace.paths) {
    Json steps = Json::array();
    for (const auto& step : path.steps) steps.push_back(json(step));
    paths.push_back(
        {{"to", path.to}, {"to_name", path.to_name}, {"state", path.state}, {"steps", steps}});
  }
  Json holders = Json::array();
  for (const auto& holder : trace.holders) holders.push_back(json(holder));
  return {{"target", trace.target}, {"state", trace.state}, {"done", trace.done},
          {"spread", trace.spread}, {"paths", paths},       {"holders", holders}};
}

Json json(const ServicesReport& report) {
  Json offers = Json::array();
  for (const auto& offer : report.offers) {
    offers.push_back({{"service", offer.service},
                      {"node", offer.node},
                      {"name", offer.name},
                      {"note", offer.note},
                      {"here", offer.here},
                      {"reachable", offer.reachable},
                      {"metric", offer.metric == 0 ? Json{} : Json(offer.metric)},
                      {"rtt_ms", offer.rtt_ms == 0 ? Json{} : Json(offer.rtt_ms)},
                      {"age_s", offer.age_s},
                      {"confirmed", offer.confirmed}});
  }
  return {{"service", report.service}, {"state", report.state}, {"done", report.done},
          {"silent", report.silent},   {"asked", report.asked}, {"offers", offers}};
}

template <typename Entry>
Json json(const std::vector<Entry>& entries) {
  Json array = Json::array();
  for (const auto& entry : entries) array.push_back(json(entry));
  return array;
}

}  // namespace

std::string report_text(const Report& report) {
  return std::visit([](const auto& content) { return text(content); }, report);
}

std::string report_json(const Report& report) {
  return std::visit(
      [](const auto& content) {
        return json(content).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
      },
      report);
}

}  // namespace muster::node
