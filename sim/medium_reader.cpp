// SPDX-License-Identifier: Apache-2.0
#include "sim/medium_reader.hpp"

#include <fmt/format.h>

#include "sim/host_reader.hpp"

namespace muster::sim {
namespace {

constexpr std::string_view profiles[] = {"wifi",
                                         "halow",
                                         "lora-sf7-125",
                                         "lora-sf8-125",
                                         "lora-sf9-125",
                                         "lora-sf10-125",
                                         "lora-sf11-125",
                                         "lora-sf12-125",
                                         "lora-sf7-250",
                                         "lora-sf8-250",
                                         "lora-sf9-250",
                                         "lora-sf10-250",
                                         "lora-sf11-250",
                                         "lora-sf12-250",
                                         "afsk1200",
                                         "g3ruh9600",
                                         "hf"};

void read_profile(CheckedTable& table, MediumSpec& medium) {
  medium.profile = table.string("profile");
  if (!medium.profile) return;
  std::string all;
  for (const auto profile : profiles) {
    if (profile == *medium.profile) return;
    all += (all.empty() ? "" : ", ") + std::string(profile);
  }
  table.report("profile", fmt::format("there is no \"{}\"", *medium.profile),
               "choose one of: " + all);
}

}  // namespace

std::optional<LossModel> read_loss(CheckedTable& table) {
  const auto* loss = table.table("loss");
  if (loss == nullptr) return std::nullopt;
  CheckedTable plain(*loss, table.path() + ".loss", table.faults());
  LossModel model;
  if (const auto* bursts = plain.table("gilbert_elliott")) {
    CheckedTable states(*bursts, plain.path() + ".gilbert_elliott", table.faults());
    states.require("rate", "say which share of frames is lost");
    states.require("burst", "say how many frames are lost in a row, on average");
    model.rate = states.number("rate", 0, 0.999).value_or(0);
    model.burst = states.number("burst", 1, 1e6).value_or(1);
    states.finish();
    // The good state must last at least one frame: rate / (burst (1 - rate)) is a probability.
    if (model.rate > model.burst * (1 - model.rate)) {
      states.report("burst", "bursts this short cannot lose that share of frames",
                    "make burst larger");
    }
  } else {
    plain.require("rate",
                  "say which share of frames is lost, or give gilbert_elliott = { rate, burst }");
    model.rate = plain.number("rate", 0, 1).value_or(0);
  }
  plain.finish();
  return model;
}

void read_medium(CheckedTable table, MediumSpec& medium) {
  medium.kind = table.choice("kind", {"matrix", "geometric"}).value_or(0) == 0
                    ? MediumKind::matrix
                    : MediumKind::geometric;
  read_profile(table, medium);
  medium.bitrate_bps =
      table.quantity("bitrate", parse_bitrate, "6Mbit/s").value_or(medium.bitrate_bps);
  medium.mtu_bytes =
      static_cast<std::uint32_t>(table.whole("mtu", 64, 65535).value_or(medium.mtu_bytes));
  medium.delay = table.quantity("delay", parse_duration, "3ms").value_or(medium.delay);
  if (medium.delay < Duration{}) table.report("delay", "it is negative", "give \"0ms\" or more");
  medium.loss = read_loss(table).value_or(LossModel{});
  medium.range_m = table.quantity("range", parse_distance, "150m");
  medium.duty_cycle = table.number("duty_cycle", 0, 1);
  medium.csma = table.boolean("csma").value_or(true);
  medium.broadcast = table.boolean("broadcast").value_or(true);
  table.finish();
}

void read_link(CheckedTable table, Scenario& scenario) {
  LinkSpec link;
  table.require("between", "name its two hosts, for example between = [1, 2]");
  const auto ends = read_host_list(table, "between", scenario);
  if (ends.size() == 2 && ends[0] != ends[1]) {
    link.a = ends[0];
    link.b = ends[1];
  } else {
    table.report("between", "two different hosts are wanted", "write for example between = [1, 2]");
  }
  link.loss = read_loss(table);
  link.delay = table.quantity("delay", parse_duration, "3ms");
  if (link.delay && *link.delay < Duration{})
    table.report("delay", "it is negative", "give \"0ms\" or more");
  link.bitrate_bps = table.quantity("bitrate", parse_bitrate, "6Mbit/s");
  link.one_way = table.boolean("one_way").value_or(false);
  table.finish();
  scenario.links.push_back(link);
}

}  // namespace muster::sim
