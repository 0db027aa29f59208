// SPDX-License-Identifier: Apache-2.0
#include "node/io/event_journal.hpp"

#include <fstream>

#include <sys/stat.h>

#include "tests/support/temporary_directory.hpp"

namespace muster::node {
namespace {

using Kind = NodeEvent::Kind;

class Journal : public testing::Test {
 protected:
  std::unique_ptr<EventJournal> opened(EventJournal::Limits limits = {}) {
    auto journal = EventJournal::open(file(), limits);
    EXPECT_TRUE(journal) << journal.error().sentence;
    return std::move(*journal);
  }
  [[nodiscard]] std::filesystem::path file() const {
    return EventJournal::path_in(directory_.path());
  }
  static NodeEvent call(const std::string& from) {
    return {.kind = Kind::call_offered, .from = from, .to = "dave@x", .call_id = "c1"};
  }
  test::TemporaryDirectory directory_;
};

TEST_F(Journal, GivesBackWhatItWasToldAlsoToAReaderBesideIt) {
  const auto journal = opened();
  const NodeEvent ended{.kind = Kind::call_ended,
                        .from = "alice@x",
                        .to = "dave@x",
                        .status = 486,
                        .call_id = "c1",
                        .detail = "busy"};
  EXPECT_TRUE(journal->append(1000, call("alice@x")));
  EXPECT_TRUE(journal->append(2000, ended));
  auto reader = EventJournal::open_to_read(file());
  ASSERT_TRUE(reader) << reader.error().sentence;
  const std::vector<NumberedEvent> expected{{1, 1000, call("alice@x")}, {2, 2000, ended}};
  EXPECT_EQ((*reader)->read({}).value(), expected);
  EXPECT_EQ((*reader)->read({1500, {}}).value().size(), 1u);
  EXPECT_EQ((*reader)->read({{}, 1500}).value()[0].at_ms, 1000);
}

TEST_F(Journal, GoesOnAfterARestart) {
  EXPECT_TRUE(opened()->append(1, call("alice@x")));
  const auto journal = opened();
  EXPECT_TRUE(journal->append(2, call("bob@x")));
  const auto events = journal->read({}).value();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].number, 2u);
}

TEST_F(Journal, KeepsTheNewestWithinItsLimit) {
  {
    const auto journal = opened({.events_max = 10});
    for (int i = 1; i <= 200; ++i) EXPECT_TRUE(journal->append(i, call("alice@x")));
    EXPECT_LE(journal->read({}).value().size(), 10u + 64u);
  }
  const auto events = opened({.events_max = 10})->read({}).value();
  ASSERT_EQ(events.size(), 10u);
  EXPECT_EQ(events.back().number, 200u);
}

TEST_F(Journal, TellsOfPeopleOnly) {
  const auto journal = opened();
  EXPECT_TRUE(journal->append(1, {.kind = Kind::neighbour_up, .node = "host-2"}));
  EXPECT_TRUE(journal->read({}).value().empty());
}

TEST_F(Journal, APhoneThatIsRefusedAgainAndAgainPushesNothingOut) {
  const auto journal = opened({.refusals_per_minute_max = 5});
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(journal->append(60'000 + i, {.kind = Kind::refused, .from = "mallory@x"}));
  }
  EXPECT_TRUE(journal->append(120'000, {.kind = Kind::refused, .from = "mallory@x"}));
  EXPECT_EQ(journal->read({}).value().size(), 6u);
  EXPECT_EQ(journal->refusals_left_out(), 95u);
}

TEST_F(Journal, IsForItsOwnerOnly) {
  opened();
  struct stat status {};
  ASSERT_EQ(stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(Journal, RefusesWhatIsNoJournal) {
  std::ofstream{file()} << std::string(4096, 'x');
  const auto journal = EventJournal::open(file(), {});
  ASSERT_FALSE(journal);
  EXPECT_THAT(journal.error().sentence, testing::HasSubstr(file().string()));
  EXPECT_FALSE(EventJournal::open_to_read(file()));
}

TEST_F(Journal, ReadsOneThatTheFirstMusterdWrote) {
  auto first = io::SqliteConnection::open(file());
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->execute(
      "CREATE TABLE events (number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL,"
      " kind TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, status INTEGER NOT NULL,"
      " call_id TEXT NOT NULL, node TEXT NOT NULL, detail TEXT NOT NULL);"
      "INSERT INTO events VALUES (7, 1000, 'call_offered', 'alice@x', 'dave@x', 0, 'c1', '', '');"
      "PRAGMA application_id = 1299542889; PRAGMA user_version = 1"));
  const auto journal = opened();
  EXPECT_TRUE(journal->append(2000, call("bob@x")));
  const std::vector<NumberedEvent> expected{{7, 1000, call("alice@x")}, {8, 2000, call("bob@x")}};
  EXPECT_EQ(journal->read({}).value(), expected);
  EXPECT_EQ(EventJournal::open_to_read(file()).value()->read({}).value(), expected);
}

TEST_F(Journal, OfAnotherVersionIsNotReadAndSaysWhatToDo) {
  opened();
  auto connection = io::SqliteConnection::open(file());
  ASSERT_TRUE(connection->execute("PRAGMA user_version = 0"));
  auto reader = EventJournal::open_to_read(file());
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().sentence, testing::HasSubstr("start this one once"));
  ASSERT_TRUE(connection->execute("PRAGMA user_version = 99"));
  reader = EventJournal::open_to_read(file());
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().sentence, testing::HasSubstr("newer musterd"));
  EXPECT_THAT(EventJournal::open(file(), {}).error().sentence, testing::HasSubstr("newer musterd"));
}

TEST_F(Journal, SaysThatThereIsNone) {
  const auto journal = EventJournal::open_to_read(file());
  ASSERT_FALSE(journal);
  EXPECT_THAT(journal.error().sentence, testing::HasSubstr("has musterd run"));
  EXPECT_FALSE(std::filesystem::exists(file()));
}

}  // namespace
}  // namespace muster::node
