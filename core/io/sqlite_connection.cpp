// SPDX-License-Identifier: Apache-2.0
#include "core/io/sqlite_connection.hpp"

#include <algorithm>

#include <sqlite3.h>

namespace muster::io {
namespace {
/// The rest of a result code says more about the same trouble.
constexpr int primary_code_mask = 0xff;
}  // namespace

void SqliteStatement::finalize(sqlite3_stmt* statement) { sqlite3_finalize(statement); }

SqliteStatement& SqliteStatement::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), ++bound_, value);
  return *this;
}

SqliteStatement& SqliteStatement::bind(BytesView value) {
  // An empty view may have no address, and a null address would be stored as NULL.
  const void* octets = value.empty() ? "" : static_cast<const void*>(value.data());
  sqlite3_bind_blob64(statement_.get(), ++bound_, octets, value.size(), SQLITE_TRANSIENT);
  return *this;
}

SqliteStatement& SqliteStatement::bind(std::string_view value) {
  const char* text = value.empty() ? "" : value.data();
  sqlite3_bind_text64(statement_.get(), ++bound_, text, value.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

SqliteStatement::Step SqliteStatement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return Step::row;
    case SQLITE_DONE:
      return Step::done;
    default:
      return Step::failed;
  }
}

std::int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

Bytes SqliteStatement::blob(int column) const {
  const auto* octets =
      static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return octets ? Bytes(octets, octets + size) : Bytes{};
}

std::string SqliteStatement::text(int column) const {
  const auto octets = blob(column);
  return std::string(as_text(octets));
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bound_ = 0;
}

void SqliteConnection::close(sqlite3* connection) { sqlite3_close_v2(connection); }

Result<SqliteConnection> SqliteConnection::open(const std::filesystem::path& file) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      file.c_str(), &raw,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  SqliteConnection connection(raw);
  if (code != SQLITE_OK) {
    return fail(raw ? connection.error() : std::string(sqlite3_errstr(code)));
  }
  return connection;
}

Result<void> SqliteConnection::execute(const std::string& sql) {
  if (sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return fail(error());
  }
  return {};
}

Result<std::string> SqliteConnection::ask(const std::string& sql) {
  auto statement = prepare(sql);
  if (!statement) return tl::make_unexpected(statement.error());
  switch (statement->step()) {
    case SqliteStatement::Step::row:
      return statement->text(0);
    case SqliteStatement::Step::done:
      return std::string{};
    case SqliteStatement::Step::failed:
      break;
  }
  return fail(error());
}

Result<SqliteStatement> SqliteConnection::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &raw, nullptr) != SQLITE_OK) {
    return fail(error());
  }
  return SqliteStatement(raw);
}

int SqliteConnection::changes() const { return sqlite3_changes(connection_.get()); }

std::string SqliteConnection::error() const {
  std::string sentence = sqlite3_errmsg(connection_.get());
  switch (sqlite3_errcode(connection_.get()) & primary_code_mask) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damage_sentence(std::move(sentence));
    case SQLITE_FULL:
      return sentence + "; make room on that disk";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return sentence + "; check that the disk has room and that its folder is writable";
    default:
      return sentence;
  }
}

std::string damage_sentence(std::string what) {
  std::replace(what.begin(), what.end(), '\n', ' ');
  return "it is damaged (" + what +
         "); move it aside and start again: the directory comes back from the neighbours, messages "
         "waiting in it do not";
}

}  // namespace muster::io
