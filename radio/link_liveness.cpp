// SPDX-License-Identifier: Apache-2.0
#include "radio/link_liveness.hpp"

#include <algorithm>

namespace muster::radio {
namespace {

/// Less of it than that is not taken to be measured.
constexpr double trial_failure_min = 0.05;
/// Frames close together fail together: of those, no less is assumed.
constexpr double burst_failure = 0.3;
/// Where all trials fail, word of others is waited for so many times longer than where none does:
/// it is lost as well, and to ask instead costs the more the more is lost.
constexpr double patience_at_loss = 2;

Duration times(Duration interval, double factor) {
  return Duration{static_cast<Duration::rep>(static_cast<double>(interval.count()) * factor)};
}

}  // namespace

LinkLiveness::LinkLiveness(Limits limits, TimePoint now, std::uint64_t seed)
    : limits_(limits),
      random_(seed),
      proved_at_(now),
      quiet_from_(now),
      idle_interval_(limits.probe_interval_min),
      idle_wait_(limits.probe_interval_min),
      wait_after_asking_(std::min(limits.probe_retry_first, limits.probe_retry)) {}

Duration LinkLiveness::jittered(Duration interval) {
  const auto fifth = static_cast<std::uint64_t>(interval.count() / 5);
  return interval - interval / 10 + Duration{static_cast<Duration::rep>(random_.below(fifth + 1))};
}

void LinkLiveness::heard(TimePoint now) {
  if (doubtful()) wait_after_asking_ = std::min(wait_after_asking_, limits_.probe_retry);
  if (state_ != State::down) return;
  resting_ = false;
  // There is somebody again, perhaps: ask now, but not more often than with the quick retries.
  if (!heard_while_down_ || now - *heard_while_down_ > limits_.awake_for) {
    wait_after_asking_ = std::min(wait_after_asking_, limits_.probe_retry_first);
  }
  heard_while_down_ = now;
}

void LinkLiveness::rest() { resting_ = state_ == State::down; }

void LinkLiveness::wake(TimePoint now) { heard(now); }

bool LinkLiveness::doubtful() const {
  return state_ == State::up && trials_ >= limits_.doubt_trials_min &&
         silence_is_improbable(limits_.doubt_probability);
}

bool LinkLiveness::proof_is_old(TimePoint now) const {
  return state_ != State::up || now - proved_at_ >= limits_.probe_interval_min / 2;
}

bool LinkLiveness::proved(TimePoint now, double delivery, double heard) {
  const bool came_up = state_ != State::up;
  state_ = State::up;
  resting_ = false;
  if (came_up) vouched_at_.reset();
  proved_at_ = now;
  trials_ = 0;
  trial_at_.reset();
  heard_while_down_.reset();
  wait_after_asking_ = jittered(limits_.probe_retry);
  trial_failure_ = std::clamp(1.0 - delivery * heard, trial_failure_min, 0.9);
  if (came_up) idle_interval_ = limits_.probe_interval_min;
  // With jitter one end asks first, and its question answers the other's. Where somebody vouches
  // for the link, the next such word is likely to come before that.
  const bool vouched = vouched_at_ && now - *vouched_at_ <= patience(limits_.vouched_for);
  idle_wait_ = jittered(vouched ? patience(limits_.vouched_for) : idle_interval_);
  return came_up;
}

Duration LinkLiveness::patience(Duration wait) const {
  return times(wait, 1 + patience_at_loss * (trial_failure_ - trial_failure_min));
}

void LinkLiveness::vouched(TimePoint now) {
  if (state_ != State::up) return;
  vouched_at_ = now;
  if (trials_ > 0) return;
  proved_at_ = now;
  idle_wait_ = jittered(patience(limits_.vouched_for));
}

void LinkLiveness::asked(TimePoint now, bool payload) {
  asked_at_ = now;
  if (!trial_at_ || now - *trial_at_ >= limits_.trial_spacing) {
    if (trials_++ == 0) begin_to_doubt(now);
    trial_at_ = now;
  }
  idle_interval_ = payload ? limits_.probe_interval_min
                           : std::min(idle_interval_ * 5 / 4, limits_.probe_interval_max);
  if (state_ == State::down) {
    const bool awake = heard_while_down_ && now - *heard_while_down_ <= limits_.awake_for;
    wait_after_asking_ = jittered(awake ? limits_.probe_retry : limits_.probe_interval_down);
  } else if (state_ == State::unproven) {
    wait_after_asking_ = std::min(wait_after_asking_ * 5 / 4, limits_.probe_retry);
  } else if (doubtful()) {
    const Duration longer = std::max(wait_after_asking_, limits_.probe_retry) * 2;
    wait_after_asking_ =
        jittered(std::min(longer, std::max(limits_.probe_retry_doubtful, limits_.probe_retry)));
  } else {
    wait_after_asking_ = jittered(limits_.probe_retry);
  }
}

/// While somebody vouched for the link there was nothing to be heard: that was no silence, and the
/// wait that it allowed is over.
void LinkLiveness::begin_to_doubt(TimePoint now) {
  quiet_from_ = std::max(proved_at_, now - limits_.probe_interval_max);
  idle_wait_ = std::min(idle_wait_, now - proved_at_ + limits_.probe_interval_max);
}

TimePoint LinkLiveness::probe_at() const {
  if (!asked_at_) return proved_at_;
  const TimePoint retry = *asked_at_ + wait_after_asking_;
  if (state_ != State::up) return retry;
  return std::max(proved_at_ + idle_wait_, retry);
}

bool LinkLiveness::silence_is_improbable(double below) const {
  return all_fail(trials_, trial_failure_, below);
}

bool LinkLiveness::hardly_chance(unsigned silent_timeouts) const {
  return state_ == State::up && all_fail(silent_timeouts, std::max(trial_failure_, burst_failure),
                                         limits_.chance_probability);
}

bool LinkLiveness::all_fail(unsigned trials, double failure, double below) {
  // Not std::pow, whose last bit is not the same on every processor: simulations repeat themselves.
  double all_failed = 1;
  for (unsigned trial = 0; trial < trials && all_failed > below; ++trial) all_failed *= failure;
  return all_failed <= below;
}

bool LinkLiveness::advance(TimePoint now) {
  if (state_ == State::down) return false;
  const Duration silence = now - quiet_from_;
  const bool improbable =
      silence >= limits_.silence_min && silence_is_improbable(limits_.silence_probability);
  const bool over = silence >= limits_.silence_max;
  // A stalled host finds much silence and has asked nobody: that says nothing.
  if (trials_ < limits_.trials_min || !(improbable || over)) return false;
  state_ = State::down;
  heard_while_down_.reset();
  wait_after_asking_ = jittered(limits_.probe_interval_down);
  return true;
}

std::optional<TimePoint> LinkLiveness::deadline() const {
  if (resting_) return std::nullopt;
  TimePoint next = probe_at();
  if (state_ == State::down || trials_ < limits_.trials_min) return next;
  const TimePoint judged =
      quiet_from_ + (silence_is_improbable(limits_.silence_probability) ? limits_.silence_min
                                                                        : limits_.silence_max);
  return std::min(next, judged);
}

}  // namespace muster::radio
