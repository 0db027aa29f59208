// SPDX-License-Identifier: Apache-2.0
#include "core/io/sqlite_schema.hpp"

#include <array>
#include <charconv>

namespace muster::io {
namespace {

constexpr std::string_view application_id = "1299542900";  // "Must"

/// Entry n leads from version n to n + 1. Entries are only ever added.
constexpr std::array migrations{
    R"(CREATE TABLE records (
         key BLOB PRIMARY KEY, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
         age_s INTEGER NOT NULL, body BLOB NOT NULL, signature BLOB NOT NULL) WITHOUT ROWID;
       CREATE TABLE messages (
         id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, sender TEXT NOT NULL,
         recipient TEXT NOT NULL, request BLOB NOT NULL, state INTEGER NOT NULL,
         attempts INTEGER NOT NULL, accepted_s INTEGER NOT NULL, lifetime_s INTEGER NOT NULL);
       CREATE TABLE seen (identity TEXT PRIMARY KEY, seen_s INTEGER NOT NULL) WITHOUT ROWID;
       CREATE TABLE state (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
       CREATE TABLE clock (one INTEGER PRIMARY KEY CHECK (one = 1),
                           powered_on_s INTEGER NOT NULL);)",
};

Result<std::size_t> number(Result<std::string> text) {
  if (!text) return tl::make_unexpected(text.error());
  std::size_t value = 0;
  std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

Result<void> check_owner(SqliteConnection& connection) {
  const auto owner = connection.ask("PRAGMA application_id");
  if (!owner) return tl::make_unexpected(owner.error());
  if (*owner == application_id) return {};
  const auto tables = number(connection.ask("SELECT count(*) FROM sqlite_master"));
  if (!tables) return tl::make_unexpected(tables.error());
  if (*owner != "0" || *tables != 0) return fail("it is the database of another program");
  return {};
}

}  // namespace

Result<void> migrate(SqliteConnection& connection) {
  // One writer at a time, so that two daemons started at once do not both migrate.
  if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return begun;
  const auto steps = [&]() -> Result<void> {
    if (auto ours = check_owner(connection); !ours) return ours;
    const auto version = number(connection.ask("PRAGMA user_version"));
    if (!version) return tl::make_unexpected(version.error());
    if (*version > migrations.size()) {
      return fail("it was written by a newer musterd (schema " + std::to_string(*version) + ")");
    }
    for (std::size_t i = *version; i < migrations.size(); ++i) {
      if (auto done = connection.execute(migrations[i]); !done) return done;
    }
    return connection.execute("PRAGMA application_id = " + std::string(application_id) +
                              "; PRAGMA user_version = " + std::to_string(migrations.size()));
  };
  if (auto done = steps(); !done) {
    // Its result adds nothing to the failure that is being reported.
    static_cast<void>(connection.execute("ROLLBACK"));
    return done;
  }
  return connection.execute("COMMIT");
}

}  // namespace muster::io
