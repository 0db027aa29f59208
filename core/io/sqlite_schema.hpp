// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/io/sqlite_connection.hpp"

namespace muster::io {

/// How the schema of one kind of database came to be.
struct SchemaHistory {
  std::string_view application_id;  ///< decimal; what tells the file from those of other programs
  /// Step n, SQL, leads from version n to n + 1. Steps are only ever added.
  std::span<const char* const> steps;
};

/// That of muster.db.
[[nodiscard]] SchemaHistory store_history();

/// Brings the database to the schema of this version, all steps or none. Refuses a file of another
/// program or of a newer Muster.
[[nodiscard]] Result<void> migrate(SqliteConnection& connection, const SchemaHistory& history);
/// The version of a database that is only to be read; refuses a file of another program.
[[nodiscard]] Result<std::size_t> version_of(SqliteConnection& connection,
                                             const SchemaHistory& history);

}  // namespace muster::io
