// SPDX-License-Identifier: Apache-2.0
#include "sim/geometric_medium.hpp"

#include <algorithm>

#include "sim/components.hpp"

namespace muster::sim {
namespace {

/// How much fainter than a frame of which half arrive a preamble may be found, and how much fainter
/// a signal may be before it no longer disturbs.
constexpr Centidecibel preamble_margin = 200;
constexpr Centidecibel disturbance_margin = 800;
constexpr Centidecibel unheard = -100'000;
constexpr Duration shortest_hold_max = std::chrono::milliseconds{10};

std::uint64_t pair_of(HostIndex from, HostIndex to) { return std::uint64_t{from} << 32 | to; }

Duration hold_max(const RadioProfile& profile) {
  return std::max(shortest_hold_max, 4 * time_on_air(profile, profile.mtu_bytes));
}

}  // namespace

GeometricMedium::GeometricMedium(Settings settings, std::unique_ptr<Movement> movement,
                                 std::uint64_t seed)
    : settings_(settings),
      movement_(std::move(movement)),
      propagation_(settings.propagation, seed),
      half_loss_(half_loss_level(settings.profile)),
      preamble_needed_(half_loss_ - preamble_margin),
      capture_needed_(std::max(preamble_needed_,
                               settings.profile.capture - settings.profile.interference_weight)),
      faintest_(half_loss_ - disturbance_margin),
      interference_factor_(power_of_ten(settings.profile.interference_weight)),
      farthest_m_(propagation_.farthest_m(faintest_)),
      grid_(farthest_m_),
      group_(movement_->positions().size()),
      stations_(movement_->positions().size()),
      slots_random_(seed ^ 0x736c6f7473),
      errors_random_(seed ^ 0x6572726f7273),
      loss_random_(seed ^ 0x6c6f7373),
      faults_(settings.faults, hold_max(settings.profile), seed ^ 0x6661756c7473) {
  if (settings_.duty_cycle) {
    for (auto& station : stations_) station.budget.emplace(*settings_.duty_cycle);
  }
  if (settings_.motion && !settings_.motion->path_losses.empty())
    measured_.resize(stations_.size());
  change_world(settings_.start);
  world_changed();
}

bool GeometricMedium::transmit(TimePoint now, HostIndex from, std::optional<HostIndex> to,
                               Bytes frame) {
  advance(now);
  auto& station = stations_[from];
  if (frame.size() > settings_.datagram_bytes_max) {
    ++counters_.too_large;
    return false;
  }
  if (station.queued_bytes + frame.size() > settings_.profile.queue_bytes) {
    ++counters_.queue_full;
    return false;
  }
  station.queued_bytes += frame.size();
  station.queue.push_back({to, std::make_shared<const Bytes>(std::move(frame))});
  if (station.queue.size() == 1 && !station.sending) contend(now, from);
  return true;
}

void GeometricMedium::partition(const std::vector<std::vector<HostIndex>>& groups) {
  std::fill(group_.begin(), group_.end(), 0);
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (const auto host : groups[group]) group_[host] = group + 1;
  }
  ++epoch_;
}

void GeometricMedium::heal() {
  std::fill(group_.begin(), group_.end(), 0);
  ++epoch_;
}

void GeometricMedium::set_loss(double rate,
                               std::optional<std::pair<HostIndex, HostIndex>> between) {
  if (between) {
    set_path_loss_process(between->first, between->second, {rate, 0});
    set_path_loss_process(between->second, between->first, {rate, 0});
    return;
  }
  settings_.loss = {rate, 0};
  loss_between_.clear();
  losses_.clear();
}

void GeometricMedium::set_path_loss_process(HostIndex from, HostIndex to, LossModel loss) {
  loss_between_[pair_of(from, to)] = loss;
  losses_.erase(pair_of(from, to));
}

void GeometricMedium::move(TimePoint now, HostIndex host, Position position) {
  advance(now);
  movement_->place(now, host, position);
  world_changed();
}

void GeometricMedium::advance(TimePoint now) {
  for (;;) {
    const auto change = next_change();
    const auto next = events_.empty() ? std::nullopt : std::optional(events_.top().at);
    if (change && *change <= now && (!next || *change <= *next)) {
      change_world(*change);
    } else if (next && *next <= now) {
      const auto event = events_.top();
      events_.pop();
      if (event.what == Happening::end) {
        stop_sending(event.at, event.host, event.number);
      } else if (stations_[event.host].attempt &&
                 stations_[event.host].attempt_number == event.number) {
        start_sending(event.at, event.host);
      }
    } else {
      break;
    }
  }
  now_ = now;
}

std::optional<Medium::Arrival> GeometricMedium::poll() {
  auto arrival = arrivals_.poll(now_);
  if (arrival) ++counters_.delivered;
  return arrival;
}

std::optional<TimePoint> GeometricMedium::deadline() const {
  auto next = earlier(next_change(), arrivals_.deadline());
  if (!events_.empty()) next = earlier(next, events_.top().at);
  return next;
}

// ---- access to the channel ----

/// The station has a frame to send and is not sending.
void GeometricMedium::contend(TimePoint now, HostIndex host) {
  auto& station = stations_[host];
  if (!settings_.csma) {
    station.attempt = now;
    schedule(now, Happening::attempt, host, ++station.attempt_number);
    return;
  }
  station.slots_left =
      static_cast<std::uint32_t>(slots_random_.below(settings_.profile.window_slots));
  if (station.sensed == 0) count_down(now, host);
}

/// The channel is free: waits for what is left of its slots.
void GeometricMedium::count_down(TimePoint now, HostIndex host) {
  auto& station = stations_[host];
  station.counting_from = now + settings_.profile.quiet;
  station.attempt = station.counting_from + station.slots_left * settings_.profile.slot;
  schedule(*station.attempt, Happening::attempt, host, ++station.attempt_number);
}

/// Somebody else sends. Whoever would start before he can notice that starts all the same.
void GeometricMedium::freeze(TimePoint now, Station& station) const {
  if (!settings_.csma || !station.attempt || *station.attempt < now + settings_.profile.sense)
    return;
  if (now > station.counting_from) {
    const auto counted = (now - station.counting_from) / settings_.profile.slot;
    station.slots_left -=
        static_cast<std::uint32_t>(std::min<std::int64_t>(counted, station.slots_left));
  }
  station.attempt.reset();
}

void GeometricMedium::start_sending(TimePoint now, HostIndex host) {
  auto& station = stations_[host];
  station.attempt.reset();
  if (station.reception) {  // half-duplex
    const auto& followed = on_air_.at(station.reception->frame);
    if (meant_for(followed, host)) ++counters_.lost;
    station.reception.reset();
  }
  const auto id = next_frame_++;
  const auto octets = station.queue.front().frame->size();
  const auto whole = time_on_air(settings_.profile, octets);
  auto& frame = on_air_[id] = {host, std::move(station.queue.front()),       listeners_of(host),
                               now,  now + preamble_time(settings_.profile), now + whole};
  station.queue.pop_front();
  station.queued_bytes -= octets;
  station.sending = id;
  station.airtime += whole;
  ++counters_.sent;
  counters_.bytes_on_air +=
      octets + settings_.profile.network_header_bytes + settings_.profile.link_header_bytes;
  if (station.budget && !station.budget->spend(now, whole)) ++counters_.over_budget;
  bool heard = false;
  for (const auto& listener : *frame.listeners) {
    heard = heard || (listener.level >= preamble_needed_ && meant_for(frame, listener.host));
    signal_starts(now, frame, id, listener);
  }
  if (frame.what.to && !heard) ++counters_.out_of_reach;
  schedule(frame.end, Happening::end, host, id);
}

void GeometricMedium::stop_sending(TimePoint now, HostIndex host, FrameId id) {
  const auto frame = on_air_.extract(id);
  stations_[host].sending.reset();
  for (const auto& listener : *frame.mapped().listeners)
    signal_ends(now, frame.mapped(), id, listener);
  if (!stations_[host].queue.empty()) contend(now, host);
}

// ---- reception ----

void GeometricMedium::signal_starts(TimePoint now, const OnAir& frame, FrameId id,
                                    const Listener& at) {
  auto& station = stations_[at.host];
  if (station.reception) {
    judge(now, on_air_.at(station.reception->frame), station.power, *station.reception);
  }
  station.power += at.power;
  if (at.level >= preamble_needed_ && station.sensed++ == 0) freeze(now, station);
  const auto ratio = sinr(at.power, station.power);
  if (station.sending || !follows(now, station.reception, at.power, ratio)) {
    lose(frame, at);
    return;
  }
  if (station.reception && meant_for(on_air_.at(station.reception->frame), at.host))
    ++counters_.lost;  // captured
  station.reception = Reception{id, at.power, true, 0, now};
}

/// While a receiver is still detecting a preamble it takes the strongest; later only what stands
/// out by the capture margin.
bool GeometricMedium::follows(TimePoint now, const std::optional<Reception>& former,
                              std::uint64_t power, Centidecibel ratio) const {
  if (!former) return ratio >= preamble_needed_;
  const bool detecting = now < on_air_.at(former->frame).start + settings_.profile.sense;
  return detecting ? power > former->power && ratio >= preamble_needed_ : ratio >= capture_needed_;
}

void GeometricMedium::signal_ends(TimePoint now, const OnAir& frame, FrameId id,
                                  const Listener& at) {
  auto& station = stations_[at.host];
  if (station.reception && station.reception->frame == id) {
    judge(now, frame, station.power, *station.reception);
    receive(frame, at, *station.reception);
    station.reception.reset();
  } else if (station.reception) {
    judge(now, on_air_.at(station.reception->frame), station.power, *station.reception);
  }
  station.power -= at.power;
  if (at.level < preamble_needed_ || --station.sensed > 0) return;
  if (settings_.csma && !station.queue.empty() && !station.sending && !station.attempt)
    count_down(now, at.host);
}

/// What the receiver has heard since it was last judged, with all those on the air in that time.
void GeometricMedium::judge(TimePoint now, const OnAir& frame, std::uint64_t all,
                            Reception& reception) const {
  const auto from = reception.judged_until;
  reception.judged_until = now;
  if (now <= from) return;
  const auto ratio = sinr(reception.power, all);
  if (from < frame.payload_start && ratio < preamble_needed_) reception.preamble_found = false;
  const auto payload_from = std::max(from, frame.payload_start);
  if (now <= payload_from) return;
  const auto octets = frame.what.frame->size() + settings_.profile.network_header_bytes +
                      settings_.profile.link_header_bytes;
  const auto hardship =
      octets * std::uint64_t{octet_hardship(settings_.profile.modulation,
                                            ratio - settings_.profile.sinr_offset)};
  const double part = static_cast<double>((now - payload_from).count()) /
                      static_cast<double>((frame.end - frame.payload_start).count());
  reception.hardship += static_cast<std::uint64_t>(static_cast<double>(hardship) * part);
}

void GeometricMedium::receive(const OnAir& frame, const Listener& at, const Reception& reception) {
  if (!meant_for(frame, at.host)) return;
  const bool understood =
      reception.preamble_found && errors_random_.unit() < chance_of(reception.hardship);
  if (!understood || separated(frame.from, at.host) || lost_on_top(frame.from, at.host)) {
    ++counters_.lost;
    return;
  }
  faults_.deliver({frame.end + settings_.delay, frame.from, at.host, frame.what.frame}, arrivals_);
}

/// A frame that was heard but not followed.
void GeometricMedium::lose(const OnAir& frame, const Listener& at) {
  if (at.level >= preamble_needed_ && meant_for(frame, at.host)) ++counters_.lost;
}

bool GeometricMedium::lost_on_top(HostIndex from, HostIndex to) {
  const auto pair = pair_of(from, to);
  auto process = losses_.find(pair);
  if (process == losses_.end()) {
    const auto other = loss_between_.find(pair);
    const auto model = other == loss_between_.end() ? settings_.loss : other->second;
    if (model.rate <= 0) return false;
    process = losses_.emplace(pair, LossProcess(model)).first;
  }
  return process->second.lost(loss_random_);
}

Centidecibel GeometricMedium::sinr(std::uint64_t signal, std::uint64_t all) const {
  const auto others = static_cast<double>(all - signal);
  const double disturbance = static_cast<double>(linear_noise) + others * interference_factor_;
  return thousandths_of_log10(static_cast<double>(signal)) - thousandths_of_log10(disturbance);
}

// ---- who hears whom ----

GeometricMedium::Listeners GeometricMedium::listeners_of(HostIndex from) {
  auto& station = stations_[from];
  if (station.listeners_epoch == epoch_) return station.listeners;
  std::vector<HostIndex> near;
  candidates(from, near);
  std::vector<Listener> listeners;
  for (const auto host : near) {
    if (host == from || separated(from, host)) continue;
    const auto heard = level(from, host);
    if (heard >= faintest_) listeners.push_back({host, heard, linear_power(heard)});
  }
  station.listeners = std::make_shared<const std::vector<Listener>>(std::move(listeners));
  station.listeners_epoch = epoch_;
  return station.listeners;
}

void GeometricMedium::candidates(HostIndex from, std::vector<HostIndex>& hosts) const {
  if (measured_.empty()) {
    grid_.near(movement_->positions()[from], hosts);
    return;
  }
  hosts.clear();
  for (const auto& [to, heard] : measured_[from]) hosts.push_back(to);
}

Centidecibel GeometricMedium::level(HostIndex from, HostIndex to) const {
  if (!measured_.empty()) {
    const auto known = measured_[from].find(to);
    return known == measured_[from].end() ? unheard : known->second;
  }
  const auto& places = movement_->positions();
  return propagation_.level(from, places[from], to, places[to]);
}

std::optional<TimePoint> GeometricMedium::next_path_loss() const {
  if (measured_.empty() || path_losses_used_ == settings_.motion->path_losses.size())
    return std::nullopt;
  return settings_.start + settings_.motion->path_losses[path_losses_used_].at;
}

std::optional<TimePoint> GeometricMedium::next_change() const {
  return earlier(movement_->deadline(), next_path_loss());
}

void GeometricMedium::change_world(TimePoint now) {
  bool changed = movement_->advance(now);
  for (auto next = next_path_loss(); next && *next <= now; next = next_path_loss()) {
    const auto& it = settings_.motion->path_losses[path_losses_used_++];
    measured_[it.from][it.to] = settings_.profile.transmit_dbm - settings_.profile.noise_dbm -
                                static_cast<Centidecibel>(it.loss_db * 100);
    changed = true;
  }
  if (changed) world_changed();
}

void GeometricMedium::world_changed() {
  grid_.rebuild(movement_->positions());
  ++epoch_;
}

bool GeometricMedium::carries(HostIndex from, HostIndex to) const {
  if (separated(from, to) || level(from, to) < half_loss_) return false;
  const auto other = loss_between_.find(pair_of(from, to));
  return (other == loss_between_.end() ? settings_.loss : other->second).rate < 1;
}

std::vector<unsigned> GeometricMedium::components(const std::vector<bool>& alive) const {
  std::vector<HostIndex> near;
  const auto each_near = [&](HostIndex host, const auto& visit) {
    candidates(host, near);
    for (const auto other : near) visit(other);
  };
  return sim::components(alive, each_near,
                         [&](HostIndex a, HostIndex b) { return carries(a, b) && carries(b, a); });
}

void GeometricMedium::schedule(TimePoint at, Happening what, HostIndex host, std::uint64_t number) {
  events_.push({at, sequence_++, what, host, number});
}

}  // namespace muster::sim
