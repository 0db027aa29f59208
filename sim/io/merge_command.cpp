// SPDX-License-Identifier: Apache-2.0
#include "sim/io/merge_command.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "sim/io/verb_options.hpp"
#include "sim/sample_mean.hpp"

namespace muster::sim {
namespace {

using nlohmann::json;
namespace po = boost::program_options;

/// Members that say which run it was, not what came out.
constexpr std::string_view labels[] = {
    "scenario", "seed",   "commit", "scenario_sha256", "world",    "verdict",     "trace_sha256",
    "params",   "failed", "why",    "exit_code",       "timeline", "expectations"};

using Columns = std::map<std::string, std::vector<double>>;

void gather(const json& value, const std::string& path, Columns& columns) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items())
      gather(inner, path.empty() ? key : path + "." + key, columns);
  } else if (value.is_number()) {
    columns[path].push_back(value.get<double>());
  } else if (value.is_array()) {
    columns[path].push_back(static_cast<double>(value.size()));
  }
}

Columns columns_of(const MergedRuns& merged) {
  Columns columns;
  for (const auto& run : merged.runs) {
    if (!run.finished()) continue;
    for (const auto& [key, value] : run.report.items()) {
      if (std::find(std::begin(labels), std::end(labels), key) == std::end(labels))
        gather(value, key, columns);
    }
  }
  return columns;
}

json as_json(const SampleMean& sample) {
  return {{"runs", sample.count},
          {"mean", sample.mean},
          {"half_width_95", sample.half_width ? json(*sample.half_width) : json(nullptr)},
          {"min", sample.least},
          {"max", sample.most}};
}

/// What the lines say they are part of, or from the lowest to the highest seed.
SeedRange range_of(const std::map<std::uint64_t, RunLine>& runs) {
  SeedRange range{runs.begin()->first, runs.rbegin()->first + 1};
  for (const auto& [seed, run] : runs) {
    const auto text = run.report.value(json::json_pointer("/params/seeds"), "");
    if (const auto said = parse_seed_range(text)) {
      range.first = std::min(range.first, said->first);
      range.last = std::max(range.last, said->last);
    }
  }
  return range;
}

std::string trace_of(const RunLine& run) {
  const auto found = run.report.find("trace_sha256");
  return found != run.report.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::uint64_t> failed_seeds(const MergedRuns& merged) {
  std::vector<std::uint64_t> failed;
  for (const auto& run : merged.runs) {
    if (!run.passed()) failed.push_back(run.seed);
  }
  return failed;
}

void print_table(const json& summary) {
  fmt::print("{:<32} {:>5} {:>14} {:>12} {:>14} {:>14}\n", "metric", "runs", "mean", "+- 95 %",
             "least", "most");
  for (const auto& [metric, sample] : summary["metrics"].items()) {
    const auto& half = sample["half_width_95"];
    fmt::print("{:<32} {:>5} {:>14.6g} {:>12} {:>14.6g} {:>14.6g}\n", metric,
               sample["runs"].get<std::size_t>(), sample["mean"].get<double>(),
               half.is_null() ? "-" : fmt::format("{:.4g}", half.get<double>()),
               sample["min"].get<double>(), sample["max"].get<double>());
  }
}

void write_lines(const std::filesystem::path& path, const MergedRuns& merged) {
  const auto beside = std::filesystem::path(path.string() + ".new");
  {
    std::ofstream file(beside, std::ios::trunc);
    for (const auto& run : merged.runs) file << run.report.dump() << '\n';
    if (!file.flush())
      throw std::runtime_error(
          fmt::format("{}: cannot be written; give another -o", path.string()));
  }
  std::filesystem::rename(beside, path);
}

std::vector<RunLine> read_all(const std::vector<std::string>& files) {
  std::vector<RunLine> lines;
  for (const auto& file : files) {
    auto read = read_run_lines(file);
    if (!read) throw BadUsage{read.error().sentence};
    for (const auto& sentence : read->damaged) fmt::print(stderr, "{}\n", sentence);
    std::move(read->lines.begin(), read->lines.end(), std::back_inserter(lines));
  }
  return lines;
}

std::optional<SeedRange> range_option(const po::variables_map& given) {
  if (!given.contains("seeds")) return std::nullopt;
  const auto text = given["seeds"].as<std::string>();
  const auto range = parse_seed_range(text);
  if (!range) throw BadUsage{fmt::format("--seeds {}: write A:B with A below B, as 0:1000", text)};
  return range;
}

/// One line for each thing that keeps the runs from being a whole success; true if there is none.
bool all_is_well(const MergedRuns& merged) {
  const auto failed = failed_seeds(merged);
  for (const auto& sentence : merged.different) fmt::print(stderr, "{}\n", sentence);
  if (!merged.missing.empty()) {
    fmt::print(stderr,
               "{} seeds are missing: {}; the command that made the others makes them too\n",
               merged.missing.size(), seeds_text(merged.missing));
  }
  if (!failed.empty()) {
    fmt::print(stderr, "{} runs failed: seeds {}; see one again: muster sim repro {}\n",
               failed.size(), seeds_text(failed),
               std::find_if(merged.runs.begin(), merged.runs.end(), [](const auto& run) {
                 return !run.passed();
               })->place);
  }
  return failed.empty() && merged.missing.empty() && merged.different.empty();
}

int merge(const po::variables_map& given) {
  if (!given.contains("file")) throw BadUsage{"no file given; name those that --out has written"};
  auto lines = read_all(given["file"].as<std::vector<std::string>>());
  if (lines.empty()) throw BadUsage{"there is no run in these files"};
  const auto merged = merge_runs(std::move(lines), range_option(given));
  if (!merged) throw std::runtime_error(merged.error().sentence);
  const auto summary = summary_of(*merged);
  if (given.contains("out")) write_lines(given["out"].as<std::string>(), *merged);
  if (given.contains("json")) {
    fmt::print("{}\n", summary.dump());
  } else {
    fmt::print("{}: {} runs, {} passed, {} failed, {} seeds missing, {} lines twice\n",
               summary["scenario"].get<std::string>(), merged->runs.size(),
               merged->runs.size() - failed_seeds(*merged).size(), failed_seeds(*merged).size(),
               merged->missing.size(), merged->repeated);
    print_table(summary);
  }
  return all_is_well(*merged) ? 0 : 1;
}

}  // namespace

Result<MergedRuns> merge_runs(std::vector<RunLine> lines, const std::optional<SeedRange>& range) {
  MergedRuns merged;
  if (lines.empty()) return merged;
  const auto first = identity_of(lines.front().report);
  std::map<std::uint64_t, RunLine> runs;
  const auto first_place = lines.front().place;
  for (auto& line : lines) {
    const auto what = difference(first, identity_of(line.report));
    if (!what.empty()) {
      return fail(fmt::format("{} and {} are of different kinds: {}; merge them apart", first_place,
                              line.place, what));
    }
    const auto found = runs.find(line.seed);
    if (found == runs.end()) {
      runs.emplace(line.seed, std::move(line));
      continue;
    }
    ++merged.repeated;
    if (!found->second.finished()) {
      found->second = std::move(line);
    } else if (line.finished() && trace_of(line) != trace_of(found->second)) {
      merged.different.push_back(fmt::format(
          "seed {} has two results, {} and {}: the run is not deterministic; report this",
          line.seed, found->second.place, line.place));
    }
  }
  const auto wanted = range.value_or(range_of(runs));
  if (wanted.last - wanted.first > seeds_max)
    return fail("the seeds lie too far apart; say which there should be with --seeds A:B");
  for (auto seed = wanted.first; seed < wanted.last; ++seed) {
    if (!runs.contains(seed)) merged.missing.push_back(seed);
  }
  for (auto& [seed, run] : runs) merged.runs.push_back(std::move(run));
  return merged;
}

json summary_of(const MergedRuns& merged) {
  auto metrics = json::object();
  for (const auto& [metric, values] : columns_of(merged)) {
    if (const auto sample = sample_mean(values)) metrics[metric] = as_json(*sample);
  }
  const auto& first = merged.runs.front().report;
  return {{"scenario", first.value("scenario", "")},
          {"commit", first.value("commit", json(nullptr))},
          {"scenario_sha256", first.value("scenario_sha256", json(nullptr))},
          {"params", first.value("params", json(nullptr))},
          {"runs", merged.runs.size()},
          {"failed", failed_seeds(merged)},
          {"missing", merged.missing},
          {"repeated", merged.repeated},
          {"metrics", metrics}};
}

int merge_command(const std::vector<std::string>& arguments) {
  return run_verb("muster sim merge", [&] {
    VerbSyntax syntax{"merge FILE... [option...]", po::options_description("options"), {}, "file"};
    syntax.options.add_options()("file", po::value<std::vector<std::string>>(),
                                 "files of runs (also without the option's name)")(
        "out,o", po::value<std::string>(), "FILE: every seed's run once, in order of seeds")(
        "seeds", po::value<std::string>(),
        "A:B: the seeds there should be; default: what the runs say they are part of")(
        "json", "the summary as JSON");
    const auto given = parse_verb(arguments, syntax);
    return given ? merge(*given) : 0;
  });
}

}  // namespace muster::sim
