// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "radio/hop_link.hpp"

namespace muster::radio::testing {

using namespace std::chrono_literals;

/// Two HopLinks and the air between them, in virtual time.
class SimulatedHop {
 public:
  struct Air {
    double loss = 0;
    double duplication = 0;
    Duration delay = 3ms;
    Duration jitter = 0ms;           ///< uniform on top of the delay: frames overtake each other
    double bits_per_second = 0;      ///< 0: no limit
    std::size_t overhead_bytes = 0;  ///< of each frame on the air
  };
  struct End {
    explicit End(HopLink made) : link(std::move(made)) {}
    HopLink link;
    std::vector<Bytes> delivered;
    std::vector<HopLink::Dropped> dropped;
    std::vector<bool> up_down;
    std::uint64_t frames = 0;
    std::uint64_t octets = 0;
    TimePoint sending_until{};
    bool mute = false;  ///< nothing that it sends arrives
  };

  SimulatedHop(Air air, std::uint64_t seed, HopLink::Limits limits = {})
      : air_(air),
        random_(seed),
        ends_{End(HopLink(limits, start, seed * 2 + 1)),
              End(HopLink(limits, start, seed * 2 + 2))} {
    drain(0);
    drain(1);
  }

  End& operator[](std::size_t end) { return ends_[end]; }
  TimePoint now() const { return now_; }
  Air& air() { return air_; }

  void submit(std::size_t end, BytesView packet, Precedence precedence = Precedence::routine,
              Reliability reliability = Reliability::reliable,
              std::optional<TimePoint> expires = std::nullopt) {
    ends_[end].link.submit(now_, packet, precedence, reliability, expires);
    drain(end);
  }

  /// Something that happens in between.
  void at(TimePoint when, std::function<void()> what) { events_.emplace(when, std::move(what)); }

  void run_for(Duration span) {
    run_until(now_ + span, [] { return false; });
  }
  /// True if `done` within `span`.
  bool run_until(Duration span, const std::function<bool()>& done) {
    run_until(now_ + span, done);
    return done();
  }

  /// Sees every frame that is sent.
  std::function<void(std::size_t from, BytesView frame)> tap;
  /// Says of each frame whether it is lost, in place of chance.
  std::function<bool(std::size_t from, BytesView frame)> lose;

  void replace(std::size_t end, HopLink link) {
    ends_[end].link = std::move(link);
    drain(end);
  }

  static constexpr TimePoint start{std::chrono::seconds{100}};

 private:
  void run_until(TimePoint end, const std::function<bool()>& done) {
    for (std::uint64_t steps = 0; !done(); ++steps) {
      ASSERT_LT(steps, 20'000'000U) << "time does not pass";
      std::optional<TimePoint> next = earlier(ends_[0].link.deadline(), ends_[1].link.deadline());
      if (!events_.empty()) next = earlier(next, events_.begin()->first);
      if (!next || *next > end) break;
      now_ = std::max(now_, *next);
      while (!events_.empty() && events_.begin()->first <= now_) {
        const auto what = std::move(events_.begin()->second);
        events_.erase(events_.begin());
        what();
      }
      for (std::size_t i : {0, 1}) {
        ends_[i].link.advance(now_);
        drain(i);
      }
    }
    if (!done()) now_ = std::max(now_, end);
  }

  void drain(std::size_t i) {
    while (auto output = ends_[i].link.poll()) {
      if (auto* transmit = std::get_if<HopLink::Transmit>(&*output)) {
        send(i, std::move(transmit->frame));
      } else if (auto* deliver = std::get_if<HopLink::Deliver>(&*output)) {
        ends_[i].delivered.push_back(std::move(deliver->packet));
      } else if (auto* dropped = std::get_if<HopLink::Dropped>(&*output)) {
        ends_[i].dropped.push_back(*dropped);
      } else {
        ends_[i].up_down.push_back(std::get<HopLink::UpDown>(*output).up);
      }
    }
  }

  void send(std::size_t from, Bytes frame) {
    End& sender = ends_[from];
    ++sender.frames;
    sender.octets += frame.size();
    if (tap) tap(from, frame);
    TimePoint sent = now_;
    if (air_.bits_per_second > 0) {
      const double octets = static_cast<double>(frame.size() + air_.overhead_bytes);
      const auto airtime =
          Duration{static_cast<Duration::rep>(octets * 8e9 / air_.bits_per_second)};
      sender.sending_until = std::max(sender.sending_until, now_) + airtime;
      sent = sender.sending_until;
    }
    const bool lost = lose ? lose(from, frame) : random_.unit() < air_.loss;
    if (sender.mute || lost) return;
    const int copies = random_.unit() < air_.duplication ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
      const auto extra = air_.jitter.count() > 0
                             ? Duration{static_cast<Duration::rep>(
                                   random_.below(static_cast<std::uint64_t>(air_.jitter.count())))}
                             : Duration{};
      at(sent + air_.delay + extra, [this, to = 1 - from, frame] {
        ends_[to].link.receive(now_, frame);
        drain(to);
      });
    }
  }

  Air air_;
  SeededRandom random_;
  TimePoint now_ = start;
  std::multimap<TimePoint, std::function<void()>> events_;
  std::array<End, 2> ends_;
};

/// A packet of `size` octets (at least 4) that begins with `number`.
inline Bytes numbered_packet(std::uint32_t number, std::size_t size) {
  Bytes packet(size);
  for (std::size_t i = 0; i < size; ++i) {
    packet[i] = static_cast<std::uint8_t>(i < 4 ? number >> (24 - 8 * i) : number * 31 + i * 7);
  }
  return packet;
}

inline std::uint32_t number_of(BytesView packet) {
  return static_cast<std::uint32_t>(packet[0]) << 24 | static_cast<std::uint32_t>(packet[1]) << 16 |
         static_cast<std::uint32_t>(packet[2]) << 8 | packet[3];
}

}  // namespace muster::radio::testing
