// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/precedence.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "radio/link_profile.hpp"

namespace muster::radio {

/// When a station may begin to send on a metered link: one frame at a time, after a random number
/// of slots where others may want to answer, and within its share of the channel.
///
/// The share is a bucket of time on the air. It holds a part of an hour's budget and fills at the
/// rate of the rest, so that in no hour more is spent than the duty cycle allows. The lower the
/// precedence, the more must be left in it; but each class below FLASH has a little of its own,
/// which nothing above can take: no class ever waits for ever.
///
/// A pure state machine.
class AirtimeGate {
 public:
  struct Limits {
    double burst_share = 0.25;       ///< of an hour's budget, at once
    double floor_share = 0.05;       ///< of the budget, for each class below FLASH
    std::uint64_t window_slots = 4;  ///< waited at random while the channel is quiet
    /// And when it is full, by precedence from ROUTINE to FLASH: who has something urgent to say
    /// speaks before the others (as in 802.11's EDCA), an acknowledgement before what it is for.
    std::array<std::uint64_t, precedence_count> window_slots_max{64, 32, 8, 4};
    Duration load_span = std::chrono::seconds{60};  ///< over which its load is averaged
  };

  /// `frame_bytes_max`: the largest datagram that will be sent.
  AirtimeGate(const LinkProfile& profile, std::size_t frame_bytes_max, Limits limits, TimePoint now,
              std::uint64_t seed);

  [[nodiscard]] bool open(TimePoint now, Precedence precedence) const {
    return opens_at(precedence) <= now;
  }
  [[nodiscard]] TimePoint opens_at(Precedence precedence) const;
  /// A datagram begins to be sent now.
  void sent(TimePoint now, std::size_t datagram_bytes, Precedence precedence);
  /// A datagram of somebody else has just ended.
  void heard(TimePoint now, std::size_t datagram_bytes);

  /// Share of the time that the channel was in use, as far as heard here; 0..1.
  [[nodiscard]] double load(TimePoint now) const;
  [[nodiscard]] Duration airtime_spent() const { return spent_; }
  [[nodiscard]] const LinkProfile& profile() const { return profile_; }

 private:
  struct Bucket {
    Duration level{};
    Duration size{};
    double rate = 0;  ///< share of the time that goes by
  };

  void fill(TimePoint now);
  void note_load(TimePoint now, Duration busy);
  [[nodiscard]] TimePoint holds_at(const Bucket& bucket, Duration level) const;
  [[nodiscard]] Duration reserve(Precedence precedence) const;
  void wait_from(TimePoint free);
  [[nodiscard]] Duration slots(Precedence precedence) const;

  LinkProfile profile_;
  Limits limits_;
  SeededRandom random_;
  Duration largest_;  ///< airtime of the largest datagram
  bool budgeted_;
  Bucket common_;
  std::array<Bucket, precedence_count> floors_;  ///< FLASH's stays empty
  TimePoint filled_at_;
  TimePoint free_at_;
  double draw_ = 0;        ///< of the slots waited after that, whatever is to be sent
  double drawn_load_ = 0;  ///< as it was then
  TimePoint handed_at_{};  ///< to the modem, which may have had to wait with it
  Duration handed_{};      ///< airtime of that
  double load_ = 0;
  TimePoint load_at_;
  Duration spent_{};
};

}  // namespace muster::radio
