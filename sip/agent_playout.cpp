// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_playout.hpp"

#include <algorithm>

namespace muster::sip {
namespace {

std::int64_t samples_in(Duration duration) {
  return duration * std::int64_t{g711_samples_per_second} / std::chrono::seconds{1};
}

}  // namespace

std::int64_t AgentPlayout::unwrapped(std::uint32_t timestamp) const {
  const auto ahead = static_cast<std::int32_t>(timestamp - static_cast<std::uint32_t>(position_));
  return position_ + ahead;
}

void AgentPlayout::restart(std::uint32_t source, std::uint32_t timestamp) {
  if (source_) ++counters_.restarted;
  source_ = source;
  position_ = std::int64_t{timestamp} - samples_in(limits_.delay);
  late_in_a_row_ = 0;
  waiting_.clear();
}

void AgentPlayout::receive(std::uint32_t source, std::uint32_t timestamp,
                           std::vector<std::int16_t> samples) {
  ++counters_.received;
  if (source_ != source) restart(source, timestamp);
  std::int64_t at = unwrapped(timestamp);
  if (at < position_) {
    ++counters_.late;
    if (++late_in_a_row_ < limits_.late_in_a_row_max) return;
  }
  if (at < position_ || at > position_ + samples_in(limits_.ahead_max)) {
    restart(source, timestamp);
    at = unwrapped(timestamp);
  }
  late_in_a_row_ = 0;
  if (waiting_.size() >= limits_.packets_max) {
    ++counters_.over_limit;
    return;
  }
  if (!waiting_.emplace(at, std::move(samples)).second) ++counters_.repeated;
}

AudioFrame AgentPlayout::take() {
  AudioFrame frame{};
  if (!source_) return frame;
  const auto end = position_ + static_cast<std::int64_t>(frame.size());
  bool anything = false;
  while (!waiting_.empty() && waiting_.begin()->first < end) {
    const auto& [start, samples] = *waiting_.begin();
    const std::int64_t stop = start + static_cast<std::int64_t>(samples.size());
    for (std::int64_t at = std::max(start, position_); at < std::min(stop, end); ++at) {
      frame[static_cast<std::size_t>(at - position_)] =
          samples[static_cast<std::size_t>(at - start)];
      anything = true;
    }
    if (stop > end) break;
    waiting_.erase(waiting_.begin());
  }
  if (!anything) ++counters_.silent_frames;
  position_ = end;
  return frame;
}

}  // namespace muster::sip
