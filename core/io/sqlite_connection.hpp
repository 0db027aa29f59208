// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace muster::io {

/// One prepared statement: bind in order, step, read columns, and `reset` before the next use.
class SqliteStatement {
 public:
  enum class Step { row, done, failed };

  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement, &finalize) {}

  SqliteStatement& bind(std::int64_t value);
  SqliteStatement& bind(BytesView value);
  SqliteStatement& bind(std::string_view value);
  [[nodiscard]] Step step();
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] Bytes blob(int column) const;
  [[nodiscard]] std::string text(int column) const;
  void reset();

 private:
  static void finalize(sqlite3_stmt* statement);
  std::unique_ptr<sqlite3_stmt, void (*)(sqlite3_stmt*)> statement_;
  int bound_ = 0;
};

/// A connection to one database file, closed with the object.
class SqliteConnection {
 public:
  [[nodiscard]] static Result<SqliteConnection> open(const std::filesystem::path& file);

  /// Runs one or more statements that give no rows.
  [[nodiscard]] Result<void> execute(const std::string& sql);
  /// The first column of the first row.
  [[nodiscard]] Result<std::string> ask(const std::string& sql);
  [[nodiscard]] Result<SqliteStatement> prepare(std::string_view sql);
  /// Rows touched by the last statement that changed anything.
  [[nodiscard]] int changes() const;
  /// What the last call that failed had to say, with the remedy where there is a known one.
  [[nodiscard]] std::string error() const;

 private:
  explicit SqliteConnection(sqlite3* connection) : connection_(connection, &close) {}
  static void close(sqlite3* connection);
  std::unique_ptr<sqlite3, void (*)(sqlite3*)> connection_;
};

/// The sentence for a database in which `what` was found: one line, with the remedy.
[[nodiscard]] std::string damage_sentence(std::string what);

}  // namespace muster::io
