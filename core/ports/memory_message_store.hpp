// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>

#include "core/ports/message_store.hpp"
#include "core/ports/seen_store.hpp"

namespace muster::ports {

/// MessageStore that forgets with the process; `fail` makes every write fail.
class MemoryMessageStore final : public MessageStore {
 public:
  bool fail = false;

  std::vector<StoredMessage> load_messages() override {
    std::vector<StoredMessage> all;
    for (const auto& [id, message] : messages_) all.push_back(message);
    return all;
  }
  bool put(const StoredMessage& message) override {
    if (!fail) messages_[message.id] = message;
    return !fail;
  }
  bool erase_message(std::uint64_t id) override {
    if (!fail) messages_.erase(id);
    return !fail;
  }
  std::int64_t powered_on_s() override { return powered_on_s_; }
  bool note_powered_on_s(std::int64_t seconds) override {
    if (!fail) powered_on_s_ = seconds;
    return !fail;
  }

 private:
  std::map<std::uint64_t, StoredMessage> messages_;
  std::int64_t powered_on_s_ = 0;
};

/// SeenStore that forgets with the process; `fail` makes every write fail.
class MemorySeenStore final : public SeenStore {
 public:
  bool fail = false;

  std::vector<StoredSeen> load_seen() override {
    auto all = seen_;
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.seen_s < b.seen_s; });
    return all;
  }
  bool put_seen(const StoredSeen& seen) override {
    if (fail) return false;
    erase_seen(seen.identity);
    seen_.push_back(seen);
    return true;
  }
  bool erase_seen(std::string_view identity) override {
    if (fail) return false;
    std::erase_if(seen_, [&](const auto& each) { return each.identity == identity; });
    return true;
  }

 private:
  std::vector<StoredSeen> seen_;
};

}  // namespace muster::ports
