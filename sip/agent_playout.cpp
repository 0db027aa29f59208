// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_playout.hpp"

#include <algorithm>

namespace muster::sip {

std::int64_t AgentPlayout::ticks_in(Duration duration) const {
  return duration * std::int64_t{rtp_clock_of(stream_->codec)} / std::chrono::seconds{1};
}

std::int64_t AgentPlayout::unwrapped(std::uint32_t timestamp) const {
  const auto ahead = static_cast<std::int32_t>(timestamp - static_cast<std::uint32_t>(position_));
  return position_ + ahead;
}

void AgentPlayout::restart(Stream stream, std::uint32_t timestamp) {
  if (stream_) ++counters_.restarted;
  if (stream_ != stream) decoder_ = make_decoder_(stream.codec);
  stream_ = stream;
  begun_ = false;
  position_ = std::int64_t{timestamp} - ticks_in(limits_.delay);
  late_in_a_row_ = 0;
  ready_.clear();
  waiting_.clear();
}

void AgentPlayout::receive(std::uint32_t source, AudioCodec codec, std::uint32_t timestamp,
                           Bytes payload) {
  ++counters_.received;
  const Stream stream{source, codec};
  if (stream_ != stream) restart(stream, timestamp);
  std::int64_t at = unwrapped(timestamp);
  if (at < position_) {
    ++counters_.late;
    if (++late_in_a_row_ < limits_.late_in_a_row_max) return;
  }
  if (at < position_ || at > position_ + ticks_in(limits_.ahead_max)) {
    restart(stream, timestamp);
    at = unwrapped(timestamp);
  }
  late_in_a_row_ = 0;
  if (waiting_.size() >= limits_.packets_max) {
    ++counters_.over_limit;
    return;
  }
  if (!waiting_.emplace(at, std::move(payload)).second) ++counters_.repeated;
}

AudioFrame AgentPlayout::take() {
  AudioFrame frame{};
  if (!stream_) return frame;
  while (ready_.size() < frame.size()) {
    const bool due = !waiting_.empty() && waiting_.begin()->first <= position_;
    due ? decode_next() : fill_gap();
  }
  std::copy_n(ready_.begin(), frame.size(), frame.begin());
  ready_.erase(ready_.begin(), ready_.begin() + frame.size());
  return frame;
}

void AgentPlayout::append(const std::vector<std::int16_t>& samples, std::size_t skipped) {
  const auto per_tick = samples_per_tick(stream_->codec);
  const auto begin = samples.begin() + static_cast<std::ptrdiff_t>(skipped);
  ready_.insert(ready_.end(), begin, samples.end());
  // A resampler may be a sample ahead or behind, which adds up to nothing.
  position_ += static_cast<std::int64_t>((samples.size() - skipped + per_tick / 2) / per_tick);
}

void AgentPlayout::decode_next() {
  const auto next = waiting_.extract(waiting_.begin());
  const auto samples = decoder_->decode(next.mapped());
  if (samples.empty()) ++counters_.malformed;
  begun_ = true;
  // Of one that reaches back over what has been played already, the rest is played.
  const auto overlap =
      static_cast<std::size_t>(position_ - next.key()) * samples_per_tick(stream_->codec);
  if (overlap < samples.size()) append(samples, overlap);
}

void AgentPlayout::fill_gap() {
  std::vector<std::int16_t> samples;
  std::size_t size = audio_frame_samples;
  if (begun_) {
    ++counters_.concealed_frames;
    const auto frame_ticks = ticks_in(audio_frame_duration);
    const bool next_is_here =
        !waiting_.empty() && waiting_.begin()->first <= position_ + frame_ticks;
    samples = next_is_here ? decoder_->repair(waiting_.begin()->second) : decoder_->conceal();
  }
  if (!waiting_.empty()) {
    const auto gap = static_cast<std::size_t>(waiting_.begin()->first - position_);
    size = std::min(size, gap * samples_per_tick(stream_->codec));
  }
  samples.resize(size);
  append(samples, 0);
}

}  // namespace muster::sip
