// SPDX-License-Identifier: Apache-2.0
#include "sim/medium_reader.hpp"

#include <fmt/format.h>

#include "sim/host_reader.hpp"
#include "sim/radio_profile.hpp"

namespace muster::sim {
namespace {

const RadioProfile* read_profile(CheckedTable& table, MediumSpec& medium) {
  medium.profile = table.string("profile");
  if (!medium.profile) return nullptr;
  if (const auto* profile = find_profile(*medium.profile)) return profile;
  std::string all;
  for (const auto& profile : radio_profiles())
    all += (all.empty() ? "" : ", ") + std::string(profile.name);
  table.report("profile", fmt::format("there is no \"{}\"", *medium.profile),
               "choose one of: " + all);
  medium.profile.reset();
  return nullptr;
}

std::optional<ArrivalFaultRates> read_faults(CheckedTable& table) {
  const auto duplicate = table.number("duplicate", 0, 1);
  const auto reorder = table.number("reorder", 0, 1);
  const auto corrupt = table.number("corrupt", 0, 1);
  if (!duplicate && !reorder && !corrupt) return std::nullopt;
  return ArrivalFaultRates{duplicate.value_or(0), reorder.value_or(0), corrupt.value_or(0)};
}

/// What a profile's radio cannot be told, and what only places give a meaning to.
void check_medium(CheckedTable& table, const MediumSpec& medium, const RadioProfile* profile) {
  const bool geometric = medium.kind == MediumKind::geometric;
  if (profile != nullptr && profile->spreading_factor != 0) {
    if (table.has("bitrate"))
      table.report("bitrate", "it follows from the profile's spreading factor and bandwidth",
                   "leave it out, or choose another profile");
    if (medium.mtu_bytes > profile->mtu_bytes)
      table.report("mtu", "a LoRa frame has no room for it",
                   fmt::format("give {} or less", profile->mtu_bytes));
  }
  if (geometric && !medium.broadcast) {
    table.report("broadcast", "who is near hears everything in the air",
                 "use kind = \"matrix\" for an underlay of unicasts");
  }
  if (medium.range_m && *medium.range_m < 1)
    table.report("range", "it is shorter than a metre", "give for example \"150m\"");
  if (geometric) return;
  for (const auto* key : {"range", "path_loss_exponent", "shadowing_db"}) {
    if (table.has(key))
      table.report(key, "hosts have no places in a matrix",
                   "use kind = \"geometric\", or leave it out");
  }
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
  const auto* profile = read_profile(table, medium);
  if (profile == nullptr && medium.kind == MediumKind::geometric) profile = find_profile("wifi");
  if (profile != nullptr) {
    medium.bitrate_bps = profile->bitrate_bps;
    medium.mtu_bytes = profile->mtu_bytes;
    medium.duty_cycle = profile->duty_cycle;
  }
  if (medium.kind == MediumKind::geometric) medium.delay = Duration{};
  medium.bitrate_bps =
      table.quantity("bitrate", parse_bitrate, "6Mbit/s").value_or(medium.bitrate_bps);
  medium.mtu_bytes =
      static_cast<std::uint32_t>(table.whole("mtu", 64, 65535).value_or(medium.mtu_bytes));
  medium.delay = table.quantity("delay", parse_duration, "3ms").value_or(medium.delay);
  if (medium.delay < Duration{}) table.report("delay", "it is negative", "give \"0ms\" or more");
  medium.loss = read_loss(table).value_or(LossModel{});
  medium.faults = read_faults(table).value_or(ArrivalFaultRates{});
  medium.range_m = table.quantity("range", parse_distance, "150m");
  medium.path_loss_exponent = table.number("path_loss_exponent", 1, 8);
  medium.shadowing_db = table.number("shadowing_db", 0, 20);
  if (const auto duty_cycle = table.number("duty_cycle", 0, 1)) medium.duty_cycle = duty_cycle;
  medium.csma = table.boolean("csma").value_or(true);
  medium.broadcast = table.boolean("broadcast").value_or(true);
  check_medium(table, medium, profile);
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
  link.faults = read_faults(table);
  if (scenario.medium.kind == MediumKind::geometric) {
    for (const auto* key : {"delay", "bitrate"}) {
      if (table.has(key))
        table.report(key, "in the air it is the same for all", "leave it out here");
    }
  }
  table.finish();
  scenario.links.push_back(link);
}

}  // namespace muster::sim
