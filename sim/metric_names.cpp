// SPDX-License-Identifier: Apache-2.0
#include "sim/metric_names.hpp"

#include <algorithm>
#include <array>

#include "sim/traffic_book.hpp"

namespace muster::sim {
namespace {

constexpr std::string_view plain[] = {"hosts",
                                      "virtual_s",
                                      "wall_s",
                                      "speedup",
                                      "events",
                                      "events_per_s",
                                      "peak_rss_bytes",
                                      "lookups.attempted",
                                      "lookups.succeeded",
                                      "lookups.false_negatives",
                                      "lookups.outdated",
                                      "lookups.absent",
                                      "lookups.unknown",
                                      "lookups.unfinished",
                                      "lookups.success_ratio",
                                      "lookups.frames_each",
                                      "lookups.bytes_each",
                                      "messages.sent",
                                      "messages.accepted",
                                      "messages.delivered",
                                      "messages.duplicates",
                                      "messages.lost",
                                      "messages.delivery_ratio",
                                      "messages.copies_each",
                                      "calls.attempted",
                                      "calls.established",
                                      "calls.success_ratio",
                                      "calls.media_loss",
                                      "frames.sent",
                                      "frames.delivered",
                                      "frames.lost_by_medium",
                                      "bytes.on_air",
                                      "bytes.control",
                                      "bytes.routing",
                                      "bytes.payload",
                                      "bytes.payload_share",
                                      "control_bytes_per_host_s",
                                      "airtime.busy_ratio_max",
                                      "airtime.over_budget",
                                      "convergence_s",
                                      "reachable_90_s",
                                      "invariants.violations"};
constexpr std::string_view latencies[] = {"lookups.latency", "messages.latency", "calls.setup",
                                          "calls.ring"};
constexpr std::string_view quantiles[] = {"p50", "p95", "p99", "max"};

template <typename List>
bool contains(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

}  // namespace

bool is_metric(std::string_view path) {
  if (contains(plain, path)) return true;
  const auto dot = path.rfind('.');
  constexpr std::string_view traffic = "traffic.";
  if (dot != std::string_view::npos && path.substr(0, traffic.size()) == traffic) {
    const auto unit = path.substr(dot + 1);
    return dot >= traffic.size() && (unit == "frames" || unit == "bytes") &&
           contains(TrafficBook::names, path.substr(traffic.size(), dot - traffic.size()));
  }
  return dot != std::string_view::npos && contains(latencies, path.substr(0, dot)) &&
         contains(quantiles, path.substr(dot + 1));
}

}  // namespace muster::sim
