// SPDX-License-Identifier: Apache-2.0
#include "core/io/sqlite_schema.hpp"

#include <array>

#include "tests/support/temporary_directory.hpp"

namespace muster::io {
namespace {

constexpr std::array first_steps{"CREATE TABLE notes (text TEXT NOT NULL)"};
constexpr std::array later_steps{
    first_steps[0], "ALTER TABLE notes ADD COLUMN author TEXT NOT NULL DEFAULT 'nobody'",
    "CREATE INDEX notes_author ON notes (author)"};
constexpr std::array broken_steps{first_steps[0], "DELETE FROM notes", "CREATE NONSENSE"};
constexpr SchemaHistory first{"4711", first_steps};
constexpr SchemaHistory later{"4711", later_steps};

class SqliteSchema : public testing::Test {
 protected:
  test::TemporaryDirectory directory_;
  SqliteConnection database_ = std::move(*SqliteConnection::open(directory_.path() / "notes.db"));
};

TEST_F(SqliteSchema, BringsAnOlderFileUpToDateWithAllThatIsInIt) {
  ASSERT_TRUE(migrate(database_, first));
  ASSERT_TRUE(database_.execute("INSERT INTO notes VALUES ('kept')"));
  ASSERT_TRUE(migrate(database_, later));
  EXPECT_EQ(database_.ask("SELECT text || ' by ' || author FROM notes"), "kept by nobody");
  EXPECT_EQ(version_of(database_, later), 3u);
  ASSERT_TRUE(migrate(database_, later)) << "once more changes nothing";
}

TEST_F(SqliteSchema, LeavesTheFileAsItWasWhenAStepFails) {
  ASSERT_TRUE(migrate(database_, first));
  ASSERT_TRUE(database_.execute("INSERT INTO notes VALUES ('kept')"));
  EXPECT_FALSE(migrate(database_, {"4711", broken_steps}));
  EXPECT_EQ(database_.ask("SELECT text FROM notes"), "kept");
  EXPECT_EQ(version_of(database_, first), 1u);
}

TEST_F(SqliteSchema, RefusesAFileOfANewerVersion) {
  ASSERT_TRUE(migrate(database_, later));
  const auto refused = migrate(database_, first);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sentence, "it was written by a newer musterd (schema 3)");
}

TEST_F(SqliteSchema, RefusesAFileOfAnotherProgram) {
  ASSERT_TRUE(migrate(database_, first));
  EXPECT_FALSE(migrate(database_, {"4712", later_steps}));
  EXPECT_FALSE(version_of(database_, {"4712", later_steps}));
}

}  // namespace
}  // namespace muster::io
