// SPDX-License-Identifier: Apache-2.0
#include "sim/trace_reader.hpp"

#include <set>

#include <fmt/format.h>

#include "sim/trace_lines.hpp"

namespace muster::sim {
namespace {

template <typename Read>
Result<Trace> as_trace(Read read) {
  if (!read) return tl::make_unexpected(read.error());
  return Trace{std::move(*read)};
}

Result<void> check_count(const Scenario& scenario, std::size_t traced, bool all) {
  const auto hosts = scenario.hosts.size();
  if (traced <= hosts && (!all || traced == hosts)) return {};
  return fail(
      fmt::format("{}: it is about {} hosts, and the scenario has {}; write hosts.count = {}",
                  scenario.layout.trace_file, traced, hosts, traced));
}

Result<void> apply(Scenario& scenario, MotionTrace trace) {
  if (scenario.medium.kind != MediumKind::geometric) {
    return fail(
        fmt::format("{}: it has places, and a matrix has none; write medium.kind = "
                    "\"geometric\"",
                    scenario.layout.trace_file));
  }
  if (const auto fits = check_count(scenario, trace.ways.size(), true); !fits) return fits;
  scenario.motion = std::make_shared<const MotionTrace>(std::move(trace));
  return {};
}

/// A trace of links or meetings says who hears whom, and nothing else may.
Result<void> check_matrix(const Scenario& scenario) {
  if (scenario.medium.kind != MediumKind::matrix) {
    return fail(
        fmt::format("{}: it says who hears whom, not where they are; write medium.kind = "
                    "\"matrix\"",
                    scenario.layout.trace_file));
  }
  if (scenario.layout.layout_given || !scenario.links.empty()) {
    return fail(fmt::format("{}: it says who hears whom; leave out hosts.layout and [[link]]",
                            scenario.layout.trace_file));
  }
  return {};
}

Result<void> apply(Scenario& scenario, LinkTrace trace) {
  if (const auto may = check_matrix(scenario); !may) return may;
  if (const auto fits = check_count(scenario, trace.hosts, true); !fits) return fits;
  scenario.links = std::move(trace.links);
  return {};
}

Result<void> apply(Scenario& scenario, ContactTrace trace) {
  if (const auto may = check_matrix(scenario); !may) return may;
  HostIndex hosts = 0;
  std::set<std::pair<HostIndex, HostIndex>> pairs;
  for (const auto& contact : trace.contacts) {
    hosts = std::max(hosts, std::max(contact.a, contact.b) + 1);
    pairs.insert(std::minmax(contact.a, contact.b));
  }
  if (const auto fits = check_count(scenario, hosts, false); !fits) return fits;
  for (const auto& [a, b] : pairs) {
    LinkSpec link;
    link.a = a;
    link.b = b;
    scenario.links.push_back(link);
  }
  scenario.contacts = std::make_shared<const ContactTrace>(std::move(trace));
  return {};
}

}  // namespace

Result<Trace> read_trace(std::string_view text, std::string_view file) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && text[begin] == '{')
    return as_trace(read_meshnet_lab(text, file));
  TraceLines lines(text, file);
  const auto first = lines.next();
  if (lines.fault()) return tl::make_unexpected(*lines.fault());
  if (!first) return fail(fmt::format("{}: it is empty; give a trace", file));
  const auto& words = *first;
  if (words[0].front() == '$' || words[0] == "set") return as_trace(read_ns2_movements(text, file));
  if (words.size() > 1 && words[1].substr(0, 4) == "nem:")
    return as_trace(read_emane_events(text, file));
  if (words.size() > 1 && words[1] == "CONN") return as_trace(read_one_contacts(text, file));
  if (words[0].find_first_not_of("+-.0123456789eE") == std::string_view::npos)
    return as_trace(read_bonnmotion(text, file));
  lines.fail("this is no trace that is known here",
             "give movements of ns-2 or BonnMotion, EMANE's events, contacts of the ONE, or "
             "meshnet-lab's JSON");
  return tl::make_unexpected(*lines.fault());
}

Result<void> apply_trace(Scenario& scenario, Trace trace) {
  return std::visit([&](auto& it) { return apply(scenario, std::move(it)); }, trace);
}

}  // namespace muster::sim
