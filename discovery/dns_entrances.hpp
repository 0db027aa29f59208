// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "core/base/ip_endpoint.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"

namespace muster::discovery {

/// When the DNS is asked where nodes of the overlay are, and which of its answers are new. Who
/// answers is not known: addresses are hints, tried like those in the configuration.
///
/// A pure state machine. Whoever drives it asks, and tells what came.
class DnsEntrances {
 public:
  struct Limits {
    /// All that is ever taken from the DNS in one life: each address is told every 10 s that this
    /// node is there, for ever.
    std::size_t addresses_max = 16;
    Duration retry_min = std::chrono::seconds{5};   ///< after an answer that names nobody, or none
    Duration retry_max = std::chrono::minutes{15};  ///< doubled up to that
    Duration again_after = std::chrono::hours{1};   ///< after an answer that names somebody
  };
  /// The DNS is to be asked now; then answered() or failed() is called.
  struct Ask {};
  /// New: somebody may be there.
  struct Found {
    IpEndpoint endpoint;
  };
  using Output = std::variant<Ask, Found>;
  struct Counters {
    std::uint64_t refused = 0;     ///< addresses at which no other node can be
    std::uint64_t over_limit = 0;  ///< addresses and names beyond the limits
    std::uint64_t failed = 0;      ///< nobody answered, or nothing that makes sense
  };

  /// `seed` feeds the jitter.
  DnsEntrances(Limits limits, std::uint64_t seed) : limits_(limits), random_(seed) {}

  void start(TimePoint now);
  /// `left_out`: what was named beyond what is looked at.
  void answered(TimePoint now, const std::vector<IpEndpoint>& endpoints, std::size_t left_out);
  void failed(TimePoint now);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const { return ask_at_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  void ask_in(TimePoint now, Duration span);
  void take(const IpEndpoint& endpoint);

  Limits limits_;
  SeededRandom random_;
  std::optional<TimePoint> ask_at_;  ///< nothing while an answer is waited for
  Duration retry_{};
  std::set<IpEndpoint> known_;
  std::deque<Output> out_;
  Counters counters_;
};

}  // namespace muster::discovery
