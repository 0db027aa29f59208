// SPDX-License-Identifier: Apache-2.0
// BonnMotion's native format: a line for each host, time and place of each of its waypoints.
#include "sim/trace_lines.hpp"
#include "sim/trace_reader.hpp"

namespace muster::sim {
namespace {

MotionTrace::Way read_way(TraceLines& lines, const std::vector<std::string_view>& words) {
  MotionTrace::Way way;
  if (words.size() % 3 != 0) {
    lines.fail("a waypoint is a time and two coordinates, and one is not whole",
               "take a whole copy, in two dimensions");
    return way;
  }
  way.start = {lines.metres(words[1]), lines.metres(words[2])};
  auto time = lines.time(words[0]);
  auto place = way.start;
  for (std::size_t i = 3; i < words.size(); i += 3) {
    const auto next = lines.time(words[i]);
    const Position to{lines.metres(words[i + 1]), lines.metres(words[i + 2])};
    if (next < time) lines.fail("a waypoint is before the one before it", "sort them by time");
    way.stretches.push_back({time, next, place, to});
    time = next;
    place = to;
  }
  return way;
}

}  // namespace

Result<MotionTrace> read_bonnmotion(std::string_view text, std::string_view file) {
  TraceLines lines(text, file);
  MotionTrace trace;
  while (const auto words = lines.next()) trace.ways.push_back(read_way(lines, *words));
  if (lines.fault()) return tl::make_unexpected(*lines.fault());
  return trace;
}

}  // namespace muster::sim
