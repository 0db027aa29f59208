// SPDX-License-Identifier: Apache-2.0
#include "sim/io/seed_runs.hpp"

#include <array>

#include <unistd.h>

namespace muster::sim {
namespace {

constexpr int could_not_start = 127;  // as the shell says it

}  // namespace

SeedRuns::SeedRuns(EventLoop& loop, Settings settings, std::function<void(const Ended&)> on_ended)
    : loop_(loop), settings_(std::move(settings)), on_ended_(std::move(on_ended)) {}

SeedRuns::~SeedRuns() { cancel(); }

void SeedRuns::start() {
  fill();
  if (running_.empty()) loop_.post([this] { loop_.stop(); });
}

void SeedRuns::cancel() {
  next_ = settings_.seeds.size();
  for (auto& [seed, run] : running_) loop_.forget(run.process.output());
  running_.clear();
}

void SeedRuns::fill() {
  while (running_.size() < settings_.jobs && next_ < settings_.seeds.size()) {
    const auto seed = settings_.seeds[next_++];
    auto process = ChildProcess::start_piped(settings_.command(seed));
    if (!process) {
      on_ended_({seed, could_not_start, process.error().sentence});
      continue;
    }
    loop_.watch(process->output(), [this, seed] { read(seed); });
    running_.emplace(seed, Running{std::move(*process), {}});
  }
}

void SeedRuns::read(std::uint64_t seed) {
  auto& run = running_.at(seed);
  std::array<char, 65536> buffer{};
  const auto got = ::read(run.process.output(), buffer.data(), buffer.size());
  if (got < 0) return;
  if (got > 0) {
    run.output.append(buffer.data(), static_cast<std::size_t>(got));
    if (run.output.size() > 2 * output_bytes_max)
      run.output.erase(0, run.output.size() - output_bytes_max);
    return;
  }
  // Its end of the pipe is closed, so it is about to be gone.
  loop_.forget(run.process.output());
  auto whole = std::move(running_.extract(seed).mapped());
  end(seed, whole.process.wait(), std::move(whole.output));
}

void SeedRuns::end(std::uint64_t seed, int exit_code, std::string output) {
  on_ended_({seed, exit_code, std::move(output)});
  fill();
  if (running_.empty()) loop_.stop();
}

}  // namespace muster::sim
