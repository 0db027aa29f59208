// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/io/sqlite_connection.hpp"
#include "core/ports/message_store.hpp"
#include "core/ports/record_store.hpp"
#include "core/ports/seen_store.hpp"
#include "core/ports/state_store.hpp"

namespace muster::io {

struct SqliteStoreLimits {
  std::chrono::milliseconds busy_timeout{2000};  ///< for a backup program that reads meanwhile
  std::size_t database_bytes_max = 512 * 1024 * 1024;
  std::size_t cache_bytes_max = 2 * 1024 * 1024;  ///< of each of the two connections
};

/// All that a node keeps on disk beside its kit: one SQLite database (WAL).
///
/// Two connections: messages, seen marks and state are written with synchronous=FULL, so that what
/// was accepted survives a power cut; directory records with synchronous=NORMAL, which survives a
/// crash of the program, and after a power cut comes back from the neighbours. Both write the same
/// log, so a FULL commit makes everything before it durable too.
///
/// What is replaced or deleted is overwritten with zeros (secure_delete); its copy in the log goes
/// with erase_replaced.
///
/// No call throws. What fails returns false (or nothing) and leaves one sentence in `last_failure`.
/// Not for several threads.
class SqliteStore final : public ports::RecordStore,
                          public ports::MessageStore,
                          public ports::SeenStore,
                          public ports::StateStore {
 public:
  using Limits = SqliteStoreLimits;

  /// Creates the file (mode 0600) if there is none; checks and migrates it.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& file,
                                                                 Limits limits = {});
  ~SqliteStore() override;

  [[nodiscard]] std::vector<ports::StoredRecord> load_all() override;
  [[nodiscard]] bool put(const ports::StoredRecord& record) override;
  bool erase(BytesView key) override;

  [[nodiscard]] std::vector<ports::StoredMessage> load_messages() override;
  [[nodiscard]] bool put(const ports::StoredMessage& message) override;
  [[nodiscard]] bool erase_message(std::uint64_t id) override;
  [[nodiscard]] std::int64_t powered_on_s() override;
  [[nodiscard]] bool note_powered_on_s(std::int64_t seconds) override;

  [[nodiscard]] std::vector<ports::StoredSeen> load_seen() override;
  [[nodiscard]] bool put_seen(const ports::StoredSeen& seen) override;
  bool erase_seen(std::string_view identity) override;

  [[nodiscard]] bool put(std::string_view name, BytesView value) override;
  [[nodiscard]] std::optional<Bytes> find(std::string_view name) const override;
  /// False while another program reads the database.
  [[nodiscard]] bool erase_replaced() override;

  [[nodiscard]] std::uint64_t failures() const { return failures_; }
  [[nodiscard]] const std::optional<Failure>& last_failure() const { return last_failure_; }

 private:
  enum class Durability { lazy, full };

  SqliteStore(std::filesystem::path file, SqliteConnection full, SqliteConnection lazy,
              std::chrono::milliseconds busy_timeout);
  /// The statement, prepared once per text and ready to be bound; nothing if that failed.
  SqliteStatement* statement(Durability durability, const char* sql) const;
  bool run(Durability durability, SqliteStatement* statement) const;
  bool failed(Durability durability) const;
  template <typename Row>
  void each_row(Durability durability, const char* sql, Row row) const;

  std::filesystem::path file_;
  SqliteConnection full_;
  SqliteConnection lazy_;
  std::chrono::milliseconds busy_timeout_;
  // After the connections: statements must end before them.
  mutable std::map<std::pair<Durability, const char*>, SqliteStatement> statements_;
  mutable std::uint64_t failures_ = 0;
  mutable std::optional<Failure> last_failure_;
};

}  // namespace muster::io
