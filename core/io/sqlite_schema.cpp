// SPDX-License-Identifier: Apache-2.0
#include "core/io/sqlite_schema.hpp"

#include <array>
#include <charconv>

namespace muster::io {
namespace {

constexpr std::string_view store_id = "1299542900";  // "Must"

constexpr std::array store_steps{
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

Result<void> check_owner(SqliteConnection& connection, std::string_view ours) {
  const auto owner = connection.ask("PRAGMA application_id");
  if (!owner) return tl::make_unexpected(owner.error());
  if (*owner == ours) return {};
  const auto tables = number(connection.ask("SELECT count(*) FROM sqlite_master"));
  if (!tables) return tl::make_unexpected(tables.error());
  if (*owner != "0" || *tables != 0) return fail("it is the database of another program");
  return {};
}

}  // namespace

SchemaHistory store_history() { return {store_id, store_steps}; }

Result<std::size_t> version_of(SqliteConnection& connection, const SchemaHistory& history) {
  if (auto ours = check_owner(connection, history.application_id); !ours) {
    return tl::make_unexpected(ours.error());
  }
  return number(connection.ask("PRAGMA user_version"));
}

Result<void> migrate(SqliteConnection& connection, const SchemaHistory& history) {
  // One writer at a time, so that two daemons started at once do not both migrate.
  if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return begun;
  const auto steps = [&]() -> Result<void> {
    const auto version = version_of(connection, history);
    if (!version) return tl::make_unexpected(version.error());
    if (*version > history.steps.size()) {
      return fail("it was written by a newer musterd (schema " + std::to_string(*version) + ")");
    }
    for (std::size_t i = *version; i < history.steps.size(); ++i) {
      if (auto done = connection.execute(history.steps[i]); !done) return done;
    }
    return connection.execute("PRAGMA application_id = " + std::string(history.application_id) +
                              "; PRAGMA user_version = " + std::to_string(history.steps.size()));
  };
  if (auto done = steps(); !done) {
    // Its result adds nothing to the failure that is being reported.
    static_cast<void>(connection.execute("ROLLBACK"));
    return done;
  }
  return connection.execute("COMMIT");
}

}  // namespace muster::io
