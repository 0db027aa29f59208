// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/distribution.hpp"

namespace muster::sim {

/// What became of the calls of a drill, as the phones said it.
class CallBook {
 public:
  struct Call {
    std::string from;
    std::string to;
    TimePoint dialled;
    std::optional<TimePoint> ringing;
    std::optional<TimePoint> established;
    std::optional<TimePoint> closed;
    std::string reason;                ///< why it closed, in the phone's words
    std::uint64_t media_sent = 0;      ///< RTP packets, both phones
    std::uint64_t media_received = 0;  ///< RTP packets, both phones
  };
  struct Totals {
    std::uint64_t attempted = 0;
    std::uint64_t established = 0;
    std::optional<double> success_ratio;
    std::optional<double> media_loss;  ///< 0..1, of the packets the phones sent
    Distribution ring;                 ///< INVITE to 180
    Distribution setup;                ///< INVITE to 200
  };

  void dialled(TimePoint now, const std::string& from, const std::string& to);
  void ringing(TimePoint now, const std::string& from);
  void established(TimePoint now, const std::string& from);
  void closed(TimePoint now, const std::string& from, const std::string& reason);
  /// RTP packets that one of the two phones sent and received in the call it just ended.
  void media(const std::string& user, std::uint64_t sent, std::uint64_t received);

  /// The latest call that `from` made; null if there is none.
  [[nodiscard]] const Call* latest(const std::string& from) const;
  /// Of a call in this book, counted from 0.
  [[nodiscard]] std::size_t number_of(const Call& call) const {
    return static_cast<std::size_t>(&call - calls_.data());
  }
  /// True while the user is in a call, made or taken.
  [[nodiscard]] bool busy(const std::string& user) const;
  [[nodiscard]] const std::vector<Call>& all() const { return calls_; }
  /// Of the calls that were dialled at `since` or later.
  [[nodiscard]] Totals totals(TimePoint since = TimePoint::min()) const;

 private:
  [[nodiscard]] Call* find(const std::string& from);

  std::vector<Call> calls_;
  std::map<std::string, std::size_t> latest_;        ///< by caller
  std::map<std::string, std::set<std::size_t>> in_;  ///< by user: calls that are not over
};

}  // namespace muster::sim
