// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/precedence.hpp"
#include "core/base/time.hpp"
#include "node/hop_channel.hpp"

namespace muster::node {

/// Control messages for one neighbour that wait until the pace of its link lets them go to the hop:
/// by precedence, and in order within each.
class ControlQueue {
 public:
  struct Item {
    HopChannel channel;
    Bytes content;
    Precedence precedence = Precedence::routine;
    std::optional<TimePoint> expires{};
  };

  explicit ControlQueue(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// False, and nothing is kept, if there is no room.
  [[nodiscard]] bool add(Item item);
  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  /// Of the next one.
  [[nodiscard]] std::optional<Precedence> waiting() const;
  /// One must be waiting.
  [[nodiscard]] Item take();

 private:
  [[nodiscard]] static std::size_t cost(const Item& item);

  std::size_t bytes_max_;
  std::array<std::deque<Item>, precedence_count> items_;
  std::size_t bytes_ = 0;
};

}  // namespace muster::node
