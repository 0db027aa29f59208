// SPDX-License-Identifier: Apache-2.0
#include "sim/io/plan_command.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "sim/io/shell_words.hpp"
#include "sim/io/verb_options.hpp"

namespace muster::sim {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

// Slurm's own default is 1001 (MaxArraySize); more than this is taken for a slip of the pen.
constexpr std::uint64_t shards_max = 100'000;

/// The scenario's name as part of a file's.
std::string file_stem(const ShardPlan& plan) {
  std::string stem;
  for (const char c : plan.name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    stem += plain ? c : '-';
  }
  return (fs::path(plan.directory) / (stem.empty() ? "run" : stem)).string();
}

/// All words of a shard's command but those that name the shard.
std::vector<std::string> common_words(const ShardPlan& plan) {
  std::vector<std::string> words{plan.program,
                                 "run",
                                 plan.scenario,
                                 "--seeds",
                                 plan.seeds.text(),
                                 "--jobs",
                                 fmt::format("{}", plan.jobs)};
  for (const auto& change : plan.overrides)
    words.insert(words.end(), {"--set", fmt::format("{}={}", change.key, change.value)});
  return words;
}

std::string merge_line(const ShardPlan& plan) {
  return fmt::format("{} merge {}-*.jsonl", shell_word(plan.program), shell_word(file_stem(plan)));
}

/// What neither a comment of sbatch's nor a shell pattern bears.
bool is_plain_path(const std::string& path) { return shell_word(path) == path; }

std::string required(const po::variables_map& given, const char* name, const char* remedy) {
  if (!given.contains(name)) throw BadUsage{fmt::format("--{} is missing; {}", name, remedy)};
  return given[name].as<std::string>();
}

ShardPlan plan_of(const po::variables_map& given) {
  ShardPlan plan;
  const auto file = required(given, "scenario", "name a scenario; sim/scenarios/ has some");
  plan.overrides = overrides_in(given);
  const auto scenario = read_scenario(read_scenario_file(file), file, plan.overrides);
  if (!scenario) throw BadUsage{scenario.error().sentence};
  const auto text = required(given, "seeds", "say which, as --seeds 0:1000");
  const auto seeds = parse_seed_range(text);
  if (!seeds) throw BadUsage{fmt::format("--seeds {}: write A:B with A below B, as 0:1000", text)};
  plan.program = own_program();
  plan.scenario = fs::absolute(file).lexically_normal().string();
  plan.name = scenario->name;
  plan.directory = fs::absolute(given["out"].as<std::string>()).lexically_normal().string();
  plan.seeds = *seeds;
  plan.shards = given["shards"].as<std::uint64_t>();
  plan.jobs = given["jobs"].as<std::size_t>();
  if (plan.shards == 0 || plan.shards > shards_max)
    throw BadUsage{fmt::format("--shards {}: give 1 to {}", plan.shards, shards_max)};
  if (plan.jobs == 0) throw BadUsage{"--jobs 0: give at least 1"};
  if (!fs::is_directory(plan.directory))
    throw BadUsage{
        fmt::format("{}: no such directory; make it first, or give another --out", plan.directory)};
  if (!is_plain_path(plan.directory))
    throw BadUsage{fmt::format("{}: a shell would stumble over this name; give another --out",
                               plan.directory)};
  return plan;
}

int plan(const po::variables_map& given) {
  if (given.contains("slurm") == given.contains("parallel"))
    throw BadUsage{"exactly one of --slurm and --parallel is wanted"};
  const auto plan = plan_of(given);
  const auto script = given.contains("slurm") ? slurm_script(plan) : parallel_script(plan);
  if (!given.contains("script")) {
    fmt::print("{}", script);
    return 0;
  }
  const auto path = given["script"].as<std::string>();
  std::ofstream file(path, std::ios::trunc);
  file << script;
  if (!file.flush())
    throw std::runtime_error(fmt::format("{}: cannot be written; give another -o", path));
  fs::permissions(path, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                  fs::perm_options::add);
  return 0;
}

}  // namespace

std::string slurm_script(const ShardPlan& plan) {
  const auto stem = file_stem(plan);
  return fmt::format(
      "#!/bin/sh\n"
      "# Hand it to sbatch. When the array is done:\n"
      "#   {}\n"
      "# A task that is run again does only what is missing.\n"
      "#SBATCH --job-name=muster-sim\n"
      "#SBATCH --array=0-{}\n"
      "#SBATCH --ntasks=1\n"
      "#SBATCH --cpus-per-task={}\n"
      "#SBATCH --output={}-%a.log\n"
      "exec {} --shard \"$SLURM_ARRAY_TASK_ID/{}\" --out {}-\"$SLURM_ARRAY_TASK_ID\".jsonl\n",
      merge_line(plan), plan.shards - 1, plan.jobs, stem, shell_words(common_words(plan)),
      plan.shards, stem);
}

std::string parallel_script(const ShardPlan& plan) {
  return fmt::format(
      "#!/bin/sh\n"
      "# Runs every shard; arguments go to GNU parallel, as: -j 4, --sshloginfile FILE. Then:\n"
      "#   {}\n"
      "# Run again, it does only what is missing.\n"
      "seq 0 {} | exec parallel --quote \"$@\" {} --shard {{}}/{} --out {}-{{}}.jsonl\n",
      merge_line(plan), plan.shards - 1, shell_words(common_words(plan)), plan.shards,
      file_stem(plan));
}

int plan_command(const std::vector<std::string>& arguments) {
  return run_verb("muster sim plan", [&] {
    VerbSyntax syntax{"plan --slurm|--parallel SCENARIO --seeds A:B --shards N [option...]",
                      po::options_description("options"),
                      {"scenario"}};
    syntax.options.add_options()("slurm", "a job array for sbatch")(
        "parallel", "a command for GNU parallel")("scenario", po::value<std::string>(),
                                                  "the scenario (also without the option's name)")(
        "seeds", po::value<std::string>(), "A:B: seeds from A to B - 1")(
        "shards", po::value<std::uint64_t>()->default_value(1), "N: into how many parts")(
        "jobs", po::value<std::size_t>()->default_value(1), "J: processes at a time in one shard")(
        "set", po::value<std::vector<std::string>>()->composing(),
        "KEY=VALUE: change one value of the scenario")(
        "out", po::value<std::string>()->default_value("."),
        "DIR: each shard writes its runs there, to NAME-SHARD.jsonl")(
        "script,o", po::value<std::string>(), "FILE: write the script there");
    const auto given = parse_verb(arguments, syntax);
    return given ? plan(*given) : 0;
  });
}

}  // namespace muster::sim
