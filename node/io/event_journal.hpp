// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/result.hpp"
#include "core/io/sqlite_connection.hpp"
#include "node/node_event.hpp"

namespace muster::node {

/// Who talked to whom when: the events of users, kept in a database of its own in the state
/// directory (0600), the oldest dropped first. Written without waiting for the disk: after a power
/// cut the last ones may be missing. What is lost here never holds up a call.
class EventJournal {
 public:
  struct Limits {
    std::uint64_t events_max = 100'000;  ///< some 150 octets each on disk
    /// A phone that is refused again and again must not push out everything else.
    unsigned refusals_per_minute_max = 30;
  };
  struct Period {
    std::optional<std::int64_t> from_ms;
    std::optional<std::int64_t> to_ms;
  };

  [[nodiscard]] static std::filesystem::path path_in(const std::filesystem::path& state_directory);
  /// For the node: creates it if there is none.
  [[nodiscard]] static Result<std::unique_ptr<EventJournal>> open(const std::filesystem::path& file,
                                                                  Limits limits);
  /// For others, also while the node runs; nothing is changed.
  [[nodiscard]] static Result<std::unique_ptr<EventJournal>> open_to_read(
      const std::filesystem::path& file);

  /// Keeps it if it is of users. False if it could not be written.
  bool append(std::int64_t at_ms, const NodeEvent& event);
  [[nodiscard]] Result<std::vector<NumberedEvent>> read(Period period);
  [[nodiscard]] std::uint64_t failures() const { return failures_; }
  [[nodiscard]] std::uint64_t refusals_left_out() const { return refusals_left_out_; }

 private:
  EventJournal(io::SqliteConnection connection, Limits limits)
      : connection_(std::move(connection)), limits_(limits) {}
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] bool too_many_refusals(std::int64_t at_ms);
  bool insert(std::int64_t at_ms, const NodeEvent& event);
  bool drop_oldest();

  io::SqliteConnection connection_;
  Limits limits_;
  std::optional<io::SqliteStatement> insert_;
  std::uint64_t appended_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t refusals_left_out_ = 0;
  std::int64_t refusal_minute_ = 0;
  unsigned refusals_this_minute_ = 0;
};

}  // namespace muster::node
