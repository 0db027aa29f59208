// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/time.hpp"

namespace muster::sim {

/// What is to happen, by time; at the same time, in the order in which it was put in.
///
/// A heap with four children a node: half as deep as a binary one, and the children of a node lie
/// side by side in memory. `What` should be small and cheap to move.
template <typename What>
class EventHeap {
 public:
  struct Due {
    TimePoint at;
    std::uint64_t sequence = 0;
    What what;
  };

  void push(TimePoint at, What what) {
    due_.push_back({at, sequence_++, std::move(what)});
    rise(due_.size() - 1);
  }
  [[nodiscard]] bool empty() const { return due_.empty(); }
  [[nodiscard]] std::size_t size() const { return due_.size(); }
  [[nodiscard]] std::optional<TimePoint> next() const {
    return due_.empty() ? std::nullopt : std::optional(due_.front().at);
  }
  /// The first of all; there must be one.
  [[nodiscard]] Due pop() {
    Due first = std::move(due_.front());
    Due last = std::move(due_.back());
    due_.pop_back();
    if (!due_.empty()) sink(std::move(last));
    return first;
  }

 private:
  static constexpr std::size_t children = 4;

  [[nodiscard]] static bool before(const Due& a, const Due& b) {
    return a.at != b.at ? a.at < b.at : a.sequence < b.sequence;
  }
  void rise(std::size_t place) {
    Due moved = std::move(due_[place]);
    while (place > 0) {
      const auto parent = (place - 1) / children;
      if (!before(moved, due_[parent])) break;
      due_[place] = std::move(due_[parent]);
      place = parent;
    }
    due_[place] = std::move(moved);
  }
  /// Puts `moved` where it belongs below the root, whose place is free.
  void sink(Due moved) {
    std::size_t place = 0;
    const auto size = due_.size();
    for (auto child = place * children + 1; child < size; child = place * children + 1) {
      auto least = child;
      const auto end = child + children < size ? child + children : size;
      for (auto other = child + 1; other < end; ++other) {
        if (before(due_[other], due_[least])) least = other;
      }
      if (!before(due_[least], moved)) break;
      due_[place] = std::move(due_[least]);
      place = least;
    }
    due_[place] = std::move(moved);
  }

  std::vector<Due> due_;
  std::uint64_t sequence_ = 0;
};

}  // namespace muster::sim
