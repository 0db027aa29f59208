// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <benchmark/benchmark.h>

#include "core/base/seeded_random.hpp"
#include "radio/hop_link.hpp"

namespace muster::radio {
namespace {

using namespace std::chrono_literals;

/// Two ends, 3 ms apart; how many packets have arrived.
class Hop {
 public:
  explicit Hop(double loss) : loss_(loss) {}

  void submit(BytesView packet) {
    ends_[0].submit(now_, packet, Precedence::routine, Reliability::reliable, std::nullopt);
    drain();
  }
  void run_until(std::uint64_t packets) {
    while (arrived_ < packets) {
      std::optional<TimePoint> next = earlier(ends_[0].deadline(), ends_[1].deadline());
      if (!air_.empty()) next = earlier(next, air_.begin()->first);
      now_ = std::max(now_, *next);
      while (!air_.empty() && air_.begin()->first <= now_) {
        const auto [to, frame] = std::move(air_.begin()->second);
        air_.erase(air_.begin());
        ends_[to].receive(now_, frame);
      }
      for (auto& end : ends_) end.advance(now_);
      drain();
    }
  }

 private:
  void drain() {
    for (std::size_t i : {0, 1}) {
      while (auto output = ends_[i].poll()) {
        if (auto* const sent = std::get_if<HopLink::Transmit>(&*output)) {
          if (chance_.unit() < loss_) continue;
          air_.emplace(now_ + 3ms, std::pair{1 - i, std::move(sent->frame)});
        } else if (std::holds_alternative<HopLink::Deliver>(*output)) {
          ++arrived_;
        }
      }
    }
  }

  double loss_;
  SeededRandom chance_{1};
  TimePoint now_{100s};
  HopLink ends_[2] = {HopLink({}, now_, 1), HopLink({}, now_, 2)};
  std::multimap<TimePoint, std::pair<std::size_t, Bytes>> air_;
  std::uint64_t arrived_ = 0;
};

/// Processor time for a packet of 1000 octets over one hop, both ends together, repeats included.
void HopLinkPacket(benchmark::State& state) {
  Hop hop(static_cast<double>(state.range(0)) / 100);
  const Bytes packet(1000, 7);
  std::uint64_t submitted = 0;
  for (auto _ : state) {
    hop.submit(packet);
    ++submitted;
    if (submitted > 32) hop.run_until(submitted - 32);
  }
  state.SetBytesProcessed(state.iterations() * 1000);
}
BENCHMARK(HopLinkPacket)->ArgName("loss_percent")->Arg(0)->Arg(20);

}  // namespace
}  // namespace muster::radio
