// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <set>

#include "radio/hop_link.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

using radio::HopLink;

/// Two ends and air that loses, doubles, reorders and damages frames as it is told.
class Hop {
 public:
  void act(Choices& choices) {
    const std::size_t end = choices.below(2);
    auto& air = air_[end];
    switch (choices.below(9)) {
      case 0:
        submit(end, choices);
        break;
      case 1:
        if (!air.empty()) deliver_and_forget(end, 0);
        break;
      case 2:
        if (!air.empty()) air.pop_front();
        break;
      case 3:
        if (!air.empty()) ends_[1 - end].receive(now_, air[choices.below(air.size())]);
        break;
      case 4:
        damage(end, choices);
        break;
      case 5:
        honest_ = false;
        ends_[end].receive(now_, choices.bytes(300));
        break;
      case 6:
        now_ += choices.short_pause();
        break;
      case 7:
        ends_[end].set_frame_bytes_max(HopLink::frame_bytes_min + choices.below(1200));
        break;
      case 8:
        lives_ = true;
        ends_[end] = HopLink(limits(), now_, ++seed_);
        break;
    }
    settle_both();
  }

 private:
  static HopLink::Limits limits() {
    return {.queue_bytes_max = 20'000, .reassembly_bytes_max = 20'000};
  }
  void submit(std::size_t end, Choices& choices) {
    Bytes packet(4 + choices.below(3000), 7);
    const std::uint32_t number = ++packets_;
    for (std::size_t i = 0; i < 4; ++i) {
      packet[i] = static_cast<std::uint8_t>(number >> (8 * i) & 0xff);
    }
    const auto precedence = static_cast<Precedence>(choices.below(precedence_count));
    const auto reliability =
        choices.coin() ? radio::Reliability::reliable : radio::Reliability::best_effort;
    std::optional<TimePoint> expires;
    if (choices.coin()) expires = now_ + choices.short_pause();
    ends_[end].submit(now_, packet, precedence, reliability, expires);
  }
  void deliver_and_forget(std::size_t end, std::size_t which) {
    const Bytes frame = air_[end][which];
    air_[end].erase(air_[end].begin() + static_cast<std::ptrdiff_t>(which));
    ends_[1 - end].receive(now_, frame);
  }
  void damage(std::size_t end, Choices& choices) {
    if (air_[end].empty() || air_[end][0].empty()) return;
    honest_ = false;
    Bytes frame = air_[end][0];
    frame[choices.below(frame.size())] = choices.octet();
    ends_[1 - end].receive(now_, frame);
  }
  void settle_both() {
    for (std::size_t end : {0, 1}) {
      settle(ends_[end], now_, [&](HopLink::Output& output) { take(end, output); });
      const auto quality = ends_[end].quality();
      MUST(quality.queue_bytes <= limits().queue_bytes_max);
      MUST(quality.delivery_ratio >= 0 && quality.delivery_ratio <= 1);
      MUST(quality.heard_ratio >= 0 && quality.heard_ratio <= 1);
      MUST(quality.rto > Duration::zero());
    }
  }
  void take(std::size_t end, HopLink::Output& output) {
    if (auto* const sent = std::get_if<HopLink::Transmit>(&output)) {
      MUST(radio::HopFrame::parse(sent->frame));
      air_[end].push_back(std::move(sent->frame));
      if (air_[end].size() > 64) air_[end].pop_front();
    } else if (auto* const arrived = std::get_if<HopLink::Deliver>(&output)) {
      check_arrival(1 - end, arrived->packet);
    }
  }
  /// Between honest ends each packet arrives whole and once.
  void check_arrival(std::size_t from, const Bytes& packet) {
    MUST(packet.size() <= HopLink::Limits{}.packet_bytes_max);
    if (!honest_) return;
    MUST(packet.size() >= 4);
    if (!lives_) MUST(arrived_[from].insert({packet.begin(), packet.begin() + 4}).second);
    for (std::size_t i = 4; i < packet.size(); ++i) MUST(packet[i] == 7);
  }

  TimePoint now_{std::chrono::seconds{100}};
  std::uint64_t seed_ = 2;
  HopLink ends_[2] = {HopLink(limits(), now_, 1), HopLink(limits(), now_, 2)};
  std::deque<Bytes> air_[2];
  std::set<Bytes> arrived_[2];
  std::uint32_t packets_ = 0;
  bool honest_ = true;
  bool lives_ = false;  ///< an end has begun anew: what is once within a life may come again
};

}  // namespace

void run(BytesView input) {
  Choices choices(input);
  Hop hop;
  for (int acts = 0; choices.left() && acts < 2000; ++acts) hop.act(choices);
}

std::vector<Bytes> seeds() {
  Bytes exchange;
  for (std::uint8_t i = 0; i < 12; ++i) {
    const std::uint8_t end = i % 2;
    append(exchange, Bytes{end, 0, static_cast<std::uint8_t>(i * 3), 9, i, 1, 0});
    for (int j = 0; j < 4; ++j) append(exchange, Bytes{0, 1, 1, 1, end, 2, 0, 6, 12});
  }
  return {exchange};
}

}  // namespace muster::fuzz
