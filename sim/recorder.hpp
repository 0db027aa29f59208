// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Hears what happens in a run, for those who want to look at it later, in order of time. It does
/// not change the run: with and without one, a seed gives the same trace.
class Recorder {
 public:
  /// A host is there from now on.
  struct Placed {
    HostIndex host;
    Position position;
  };
  /// The two are neighbours from now on, or no more, as the nodes themselves see it: one that has
  /// the other up is enough.
  struct Linked {
    HostIndex a;
    HostIndex b;
    bool up;
  };
  struct Powered {
    HostIndex host;
    bool on;
  };
  /// For each host the number of its connected component over the medium, from 1.
  struct Grouped {
    std::vector<unsigned> components;
  };
  /// An event of the scenario, in words.
  struct Happened {
    std::string text;
  };
  /// Of all hosts since the start.
  struct OnAir {
    std::vector<Duration> airtime;
    std::uint64_t bytes;
  };
  struct MessageSent {
    std::size_t number;
    HostIndex from;
    HostIndex to;
  };
  struct MessageAnswered {
    std::size_t number;
    unsigned status;
  };
  struct MessageShown {
    std::size_t number;
  };
  struct CallDialled {
    std::size_t number;
    HostIndex from;
    HostIndex to;
  };
  struct CallEstablished {
    std::size_t number;
  };
  struct CallClosed {
    std::size_t number;
    std::string reason;
  };
  using Item =
      std::variant<Placed, Linked, Powered, Grouped, Happened, OnAir, MessageSent, MessageAnswered,
                   MessageShown, CallDialled, CallEstablished, CallClosed>;

  virtual ~Recorder() = default;
  virtual void record(Duration since_start, const Item& item) = 0;
  /// How often places, neighbours, components and airtime are looked at.
  [[nodiscard]] virtual Duration period() const = 0;
};

/// Sees every frame that a host puts on the medium, whether or not it is then lost.
class FrameTap {
 public:
  virtual ~FrameTap() = default;
  /// Nothing in `to` means everybody who hears it.
  virtual void frame(Duration since_start, HostIndex from, std::optional<HostIndex> to,
                     BytesView datagram) = 0;
};

}  // namespace muster::sim
