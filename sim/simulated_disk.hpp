// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "core/overlay/record.hpp"
#include "core/ports/memory_message_store.hpp"
#include "core/ports/memory_record_store.hpp"
#include "core/ports/memory_state_store.hpp"
#include "sim/binding_index.hpp"

namespace muster::sim {

/// The stable storage of a simulated host, with what can go wrong with it.
///
/// As core/io/sqlite_store: state, messages and what was shown are synced before the call returns,
/// and with them all that was written before; records are not synced, and of those since the last
/// sync a power cut takes away the newest, none to all, each whole.
class SimulatedDisk {
 public:
  /// `index`, if there is one, outlives this, and is told of what `host` is given.
  explicit SimulatedDisk(BindingIndex* index = nullptr, HostIndex host = 0);
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  [[nodiscard]] ports::StateStore& state() { return state_; }
  [[nodiscard]] ports::RecordStore& records() { return records_; }
  [[nodiscard]] ports::MessageStore& messages() { return messages_; }
  [[nodiscard]] ports::SeenStore& seen() { return seen_; }

  /// `chance` decides how much of what was not synced is left.
  void cut_power(SeededRandom& chance);
  /// While it is full every write fails.
  void set_full(bool full);
  [[nodiscard]] bool full() const { return records_.full; }
  /// Of messages that are not settled yet.
  [[nodiscard]] std::size_t message_bytes();
  /// The accepted messages here that are not settled yet, by message_name.
  [[nodiscard]] std::vector<std::string> carried();
  /// AoRs without scheme, and the body of the MESSAGE.
  [[nodiscard]] static std::string message_name(std::string_view from, std::string_view to,
                                                std::string_view text);

 private:
  class State final : public ports::StateStore {
   public:
    explicit State(SimulatedDisk& disk) : disk_(disk) {}
    bool put(std::string_view name, BytesView value) override;
    std::optional<Bytes> find(std::string_view name) const override { return stored.find(name); }
    ports::MemoryStateStore stored;

   private:
    SimulatedDisk& disk_;
  };
  class Records final : public ports::RecordStore {
   public:
    Records(BindingIndex* index, HostIndex host) : index_(index), host_(host) {}
    std::vector<ports::StoredRecord> load_all() override;
    bool put(const ports::StoredRecord& record) override;
    bool erase(BytesView key) override;
    void sync() { undo_.clear(); }
    void cut_power(SeededRandom& chance);
    bool full = false;

   private:
    /// As the write-ahead log is checkpointed when it has grown to about so many records.
    static constexpr std::size_t unsynced_max = 500;
    using Stored = std::shared_ptr<const ports::StoredRecord>;
    struct ByKey {
      using is_transparent = void;
      static BytesView key(const Stored& record) { return record->key; }
      static BytesView key(BytesView key) { return key; }
      template <typename A, typename B>
      bool operator()(const A& a, const B& b) const {
        return std::ranges::lexicographical_compare(key(a), key(b));
      }
    };
    struct Undo {
      Stored before;
      Stored after;  ///< nothing: it was erased
    };
    void note(Undo undo);

    BindingIndex* index_;
    HostIndex host_;
    std::set<Stored, ByKey> records_;
    std::deque<Undo> undo_;
  };
  class Messages final : public ports::MessageStore {
   public:
    explicit Messages(SimulatedDisk& disk) : disk_(disk) {}
    std::vector<ports::StoredMessage> load_messages() override { return stored.load_messages(); }
    bool put(const ports::StoredMessage& message) override;
    bool erase_message(std::uint64_t id) override;
    std::int64_t powered_on_s() override { return stored.powered_on_s(); }
    bool note_powered_on_s(std::int64_t seconds) override;
    ports::MemoryMessageStore stored;

   private:
    SimulatedDisk& disk_;
  };
  class Seen final : public ports::SeenStore {
   public:
    explicit Seen(SimulatedDisk& disk) : disk_(disk) {}
    std::vector<ports::StoredSeen> load_seen() override { return stored.load_seen(); }
    bool put_seen(const ports::StoredSeen& seen) override;
    bool erase_seen(std::string_view identity) override;
    ports::MemorySeenStore stored;

   private:
    SimulatedDisk& disk_;
  };

  [[nodiscard]] bool synced(bool written);

  State state_;
  Records records_;
  Messages messages_;
  Seen seen_;
};

}  // namespace muster::sim
