// SPDX-License-Identifier: Apache-2.0
#include "core/io/sqlite_store.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io/sqlite_schema.hpp"

namespace muster::io {
namespace {

Failure about(const std::filesystem::path& file, std::string_view reason) {
  return {"database " + file.string() + ": " + std::string(reason)};
}

/// SQLite gives its log and shared memory the mode of the database, so this is enough for all.
Result<void> create_private(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    const int error = errno;
    return tl::make_unexpected(about(file, std::string("cannot be opened for writing: ") +
                                               std::strerror(error) +
                                               "; check the state directory and its owner"));
  }
  ::close(descriptor);
  // The name must outlive a power cut as well as the contents.
  const auto parent = file.has_parent_path() ? file.parent_path() : ".";
  const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  const int error = errno;
  if (directory >= 0) ::close(directory);
  if (!synced) {
    return tl::make_unexpected(
        about(file, std::string("its directory cannot be synced: ") + std::strerror(error)));
  }
  return {};
}

Result<SqliteConnection> connect(const std::filesystem::path& file, const char* synchronous,
                                 const SqliteStoreLimits& limits) {
  constexpr std::size_t page_bytes = 4096;
  auto connection = SqliteConnection::open(file);
  if (!connection) return connection;
  const std::string set_up =
      "PRAGMA busy_timeout = " + std::to_string(limits.busy_timeout.count()) +
      "; PRAGMA journal_mode = WAL; PRAGMA synchronous = " + synchronous +
      "; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON" +
      "; PRAGMA cache_size = -" + std::to_string(limits.cache_bytes_max / 1024) +
      "; PRAGMA max_page_count = " + std::to_string(limits.database_bytes_max / page_bytes);
  if (auto done = connection->execute(set_up); !done) return tl::make_unexpected(done.error());
  return connection;
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& file,
                                                       Limits limits) {
  const auto refuse = [&](const std::string& reason) {
    return tl::make_unexpected(about(file, reason));
  };
  if (auto created = create_private(file); !created) return tl::make_unexpected(created.error());
  auto full = connect(file, "FULL", limits);
  if (!full) return refuse(full.error().sentence);
  const auto mode = full->ask("PRAGMA journal_mode");
  if (!mode || *mode != "wal") {
    return refuse("no write-ahead log is possible there; use a directory on a local disk");
  }
  const auto check = full->ask("PRAGMA quick_check(1)");
  if (!check) return refuse(check.error().sentence);
  if (*check != "ok") return refuse(damage_sentence(*check));
  if (auto migrated = migrate(*full, store_history()); !migrated)
    return refuse(migrated.error().sentence);
  auto lazy = connect(file, "NORMAL", limits);
  if (!lazy) return refuse(lazy.error().sentence);
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(file, std::move(*full), std::move(*lazy), limits.busy_timeout));
}

SqliteStore::SqliteStore(std::filesystem::path file, SqliteConnection full, SqliteConnection lazy,
                         std::chrono::milliseconds busy_timeout)
    : file_(std::move(file)),
      full_(std::move(full)),
      lazy_(std::move(lazy)),
      busy_timeout_(busy_timeout) {}

SqliteStore::~SqliteStore() = default;

bool SqliteStore::failed(Durability durability) const {
  ++failures_;
  last_failure_ = about(file_, (durability == Durability::full ? full_ : lazy_).error());
  return false;
}

SqliteStatement* SqliteStore::statement(Durability durability, const char* sql) const {
  const auto key = std::pair{durability, sql};
  if (const auto at = statements_.find(key); at != statements_.end()) return &at->second;
  // Preparing changes nothing that a reader of this object could see.
  auto& connection = const_cast<SqliteConnection&>(durability == Durability::full ? full_ : lazy_);
  auto prepared = connection.prepare(sql);
  if (!prepared) {
    failed(durability);
    return nullptr;
  }
  return &statements_.emplace(key, std::move(*prepared)).first->second;
}

bool SqliteStore::run(Durability durability, SqliteStatement* statement) const {
  const auto step = statement->step();
  const bool done = step == SqliteStatement::Step::done || failed(durability);
  statement->reset();
  return done;
}

template <typename Row>
void SqliteStore::each_row(Durability durability, const char* sql, Row row) const {
  SqliteStatement* rows = statement(durability, sql);
  if (!rows) return;
  for (;;) {
    const auto step = rows->step();
    if (step == SqliteStatement::Step::failed) failed(durability);
    if (step != SqliteStatement::Step::row) break;
    row(*rows);
  }
  rows->reset();
}

std::vector<ports::StoredRecord> SqliteStore::load_all() {
  std::vector<ports::StoredRecord> all;
  each_row(Durability::lazy, "SELECT key, epoch, sequence, age_s, body, signature FROM records",
           [&](SqliteStatement& row) {
             all.push_back({row.blob(0), static_cast<std::uint32_t>(row.integer(1)),
                            static_cast<std::uint32_t>(row.integer(2)),
                            static_cast<std::uint32_t>(row.integer(3)), row.blob(4), row.blob(5)});
           });
  return all;
}

bool SqliteStore::put(const ports::StoredRecord& record) {
  SqliteStatement* insert =
      statement(Durability::lazy, "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?)");
  if (!insert) return false;
  insert->bind(BytesView(record.key)).bind(std::int64_t{record.epoch});
  insert->bind(std::int64_t{record.sequence}).bind(std::int64_t{record.age_s});
  insert->bind(BytesView(record.body)).bind(BytesView(record.signature));
  return run(Durability::lazy, insert);
}

bool SqliteStore::erase(BytesView key) {
  SqliteStatement* remove = statement(Durability::lazy, "DELETE FROM records WHERE key = ?");
  if (!remove) return false;
  remove->bind(key);
  return run(Durability::lazy, remove);
}

std::vector<ports::StoredMessage> SqliteStore::load_messages() {
  std::vector<ports::StoredMessage> all;
  each_row(Durability::full,
           "SELECT id, identity, sender, recipient, request, state, attempts, accepted_s, "
           "lifetime_s FROM messages ORDER BY id",
           [&](SqliteStatement& row) {
             all.push_back({static_cast<std::uint64_t>(row.integer(0)), row.text(1), row.text(2),
                            row.text(3), row.blob(4), static_cast<std::uint8_t>(row.integer(5)),
                            static_cast<std::uint32_t>(row.integer(6)), row.integer(7),
                            static_cast<std::uint32_t>(row.integer(8))});
           });
  return all;
}

bool SqliteStore::put(const ports::StoredMessage& message) {
  SqliteStatement* insert =
      statement(Durability::full,
                "INSERT INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
                "ON CONFLICT (id) DO UPDATE SET request = ?5, state = ?6, attempts = ?7 "
                "WHERE identity = ?2");
  if (!insert) return false;
  insert->bind(static_cast<std::int64_t>(message.id)).bind(std::string_view(message.identity));
  insert->bind(std::string_view(message.from)).bind(std::string_view(message.to));
  insert->bind(BytesView(message.request)).bind(std::int64_t{message.state});
  insert->bind(std::int64_t{message.attempts});
  insert->bind(message.accepted_s);
  insert->bind(std::int64_t{message.lifetime_s});
  if (!run(Durability::full, insert)) return false;
  if (full_.changes() == 1) return true;
  ++failures_;
  last_failure_ = about(
      file_, "message " + std::to_string(message.id) + " is already there with another identity");
  return false;
}

bool SqliteStore::erase_message(std::uint64_t id) {
  SqliteStatement* remove = statement(Durability::full, "DELETE FROM messages WHERE id = ?");
  if (!remove) return false;
  remove->bind(static_cast<std::int64_t>(id));
  return run(Durability::full, remove);
}

std::int64_t SqliteStore::powered_on_s() {
  std::int64_t seconds = 0;
  each_row(Durability::full, "SELECT powered_on_s FROM clock",
           [&](SqliteStatement& row) { seconds = row.integer(0); });
  return seconds;
}

bool SqliteStore::note_powered_on_s(std::int64_t seconds) {
  SqliteStatement* note = statement(Durability::full, "INSERT OR REPLACE INTO clock VALUES (1, ?)");
  if (!note) return false;
  note->bind(seconds);
  return run(Durability::full, note);
}

std::vector<ports::StoredSeen> SqliteStore::load_seen() {
  std::vector<ports::StoredSeen> all;
  each_row(Durability::full, "SELECT identity, seen_s FROM seen ORDER BY seen_s, identity",
           [&](SqliteStatement& row) {
             all.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1))});
           });
  return all;
}

bool SqliteStore::put_seen(const ports::StoredSeen& seen) {
  SqliteStatement* insert =
      statement(Durability::full, "INSERT OR REPLACE INTO seen VALUES (?, ?)");
  if (!insert) return false;
  insert->bind(std::string_view(seen.identity)).bind(static_cast<std::int64_t>(seen.seen_s));
  return run(Durability::full, insert);
}

bool SqliteStore::erase_seen(std::string_view identity) {
  SqliteStatement* remove = statement(Durability::full, "DELETE FROM seen WHERE identity = ?");
  if (!remove) return false;
  remove->bind(identity);
  return run(Durability::full, remove);
}

bool SqliteStore::put(std::string_view name, BytesView value) {
  SqliteStatement* insert =
      statement(Durability::full, "INSERT OR REPLACE INTO state VALUES (?, ?)");
  if (!insert) return false;
  insert->bind(name).bind(value);
  return run(Durability::full, insert);
}

std::optional<Bytes> SqliteStore::find(std::string_view name) const {
  SqliteStatement* select = statement(Durability::full, "SELECT value FROM state WHERE name = ?");
  if (!select) return std::nullopt;
  std::optional<Bytes> found;
  const auto step = select->bind(name).step();
  if (step == SqliteStatement::Step::row) found = select->blob(0);
  if (step == SqliteStatement::Step::failed) failed(Durability::full);
  select->reset();
  return found;
}

bool SqliteStore::erase_replaced() {
  // The log holds pages as they were: all of them to the database, then the log cut to nothing.
  // Whoever reads meanwhile is not waited for, since this may be tried again at any time.
  const auto patience = [this](std::chrono::milliseconds time) {
    return full_.execute("PRAGMA busy_timeout = " + std::to_string(time.count())).has_value();
  };
  if (!patience(std::chrono::milliseconds{0})) return failed(Durability::full);
  const auto busy = full_.ask("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!patience(busy_timeout_)) return failed(Durability::full);
  if (!busy) return failed(Durability::full);
  return *busy == "0";
}

}  // namespace muster::io
