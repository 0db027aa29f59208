// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/sqlite_connection.hpp"

namespace muster::io {

/// Brings the database to the schema of this version, step by step, each step whole or not at all.
/// Refuses a file of another program or of a newer Muster.
[[nodiscard]] Result<void> migrate(SqliteConnection& connection);

}  // namespace muster::io
