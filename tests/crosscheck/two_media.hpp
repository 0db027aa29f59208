// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace muster::crosscheck {

/// Plain C++17: the headers of ns-3 3.37 are not valid C++20.
struct Place {
  double x_m;
  double y_m;
};

/// Link budget and queue that both use: those of Muster's profile `wifi`.
struct Radio {
  double transmit_dbm;
  double first_metre_db;
  double path_loss_exponent;
  double noise_figure_db;
  double capture_db;
  unsigned network_header_octets;
  unsigned queue_octets;
};

/// Hosts that stand still and broadcast datagrams over 802.11a at 6 Mbit/s; no shadowing.
struct Traffic {
  struct Send {
    std::chrono::nanoseconds at;
    std::size_t from;
  };
  std::string name;
  std::vector<Place> places;
  std::size_t octets = 200;  ///< of each datagram, without IP and UDP
  std::vector<Send> sends;   ///< in order of time
};

/// What came of it. A datagram to n others counts n times.
struct Outcome {
  std::vector<std::vector<std::size_t>> received;  ///< by sender, then receiver
  double delay_ms = 0;                             ///< mean, from the order to send to the arrival

  [[nodiscard]] std::size_t total() const {
    std::size_t sum = 0;
    for (const auto& row : received)
      for (const auto count : row) sum += count;
    return sum;
  }
};

[[nodiscard]] Outcome by_muster(const Traffic& traffic, unsigned seed);
[[nodiscard]] Outcome by_ns3(const Traffic& traffic, const Radio& radio, unsigned seed);

/// The name of that profile.
inline constexpr const char* profile = "wifi";

}  // namespace muster::crosscheck
