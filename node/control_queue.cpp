// SPDX-License-Identifier: Apache-2.0
#include "node/control_queue.hpp"

#include <utility>

namespace muster::node {

std::size_t ControlQueue::cost(const Item& item) { return item.content.size() + sizeof(Item); }

bool ControlQueue::add(Item item) {
  if (bytes_ + cost(item) > bytes_max_) return false;
  bytes_ += cost(item);
  items_[static_cast<std::size_t>(item.precedence)].push_back(std::move(item));
  return true;
}

std::optional<Precedence> ControlQueue::waiting() const {
  for (std::size_t i = precedence_count; i-- > 0;) {
    if (!items_[i].empty()) return static_cast<Precedence>(i);
  }
  return std::nullopt;
}

ControlQueue::Item ControlQueue::take() {
  auto& items = items_[static_cast<std::size_t>(*waiting())];
  Item next = std::move(items.front());
  items.pop_front();
  bytes_ -= cost(next);
  return next;
}

}  // namespace muster::node
