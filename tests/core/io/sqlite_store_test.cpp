// SPDX-License-Identifier: Apache-2.0
#include "core/io/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_directory.hpp"

namespace muster::io {
namespace {

class SqliteStoreOnDisk : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return directory_.path() / "muster.db"; }
  [[nodiscard]] std::unique_ptr<SqliteStore> open(SqliteStoreLimits limits = {}) const {
    auto store = SqliteStore::open(file(), limits);
    EXPECT_TRUE(store) << (store ? "" : store.error().sentence);
    return store ? std::move(*store) : nullptr;
  }
  static ports::StoredMessage message(std::uint64_t id) {
    return {id, "identity-" + std::to_string(id), "alice", "bob", to_bytes("MESSAGE"), 1, 0, 5, 60};
  }

  test::TemporaryDirectory directory_;
};

TEST_F(SqliteStoreOnDisk, GivesBackRecordsAfterReopening) {
  const ports::StoredRecord record{to_bytes("k"), 1, 2, 3, to_bytes("body"), to_bytes("sig")};
  const ports::StoredRecord floor{to_bytes("l"), 0xffffffff, 2, 0, {}, {}};
  {
    auto store = open();
    EXPECT_TRUE(store->put(ports::StoredRecord{to_bytes("k"), 0, 0, 0, {}, {}}));
    EXPECT_TRUE(store->put(record));
    EXPECT_TRUE(store->put(floor));
    EXPECT_TRUE(store->put(ports::StoredRecord{to_bytes("m"), 0, 0, 0, {}, {}}));
    EXPECT_TRUE(store->erase(as_bytes("m")));
  }
  EXPECT_EQ(open()->load_all(), (std::vector{record, floor}));
}

TEST_F(SqliteStoreOnDisk, GivesBackMessagesInOrderAfterReopening) {
  auto settled = message(1);
  {
    auto store = open();
    EXPECT_TRUE(store->put(message(2)));
    EXPECT_TRUE(store->put(message(1)));
    EXPECT_TRUE(store->put(message(3)));
    settled.request.clear();
    settled.state = 3;
    EXPECT_TRUE(store->put(settled));
    EXPECT_TRUE(store->erase_message(3));
    EXPECT_TRUE(store->note_powered_on_s(77));
  }
  auto store = open();
  EXPECT_EQ(store->load_messages(), (std::vector{settled, message(2)}));
  EXPECT_EQ(store->powered_on_s(), 77);
}

TEST_F(SqliteStoreOnDisk, NeverOverwritesAMessageWithAnother) {
  auto store = open();
  EXPECT_TRUE(store->put(message(1)));
  auto other = message(1);
  other.identity = "another";
  EXPECT_FALSE(store->put(other));
  EXPECT_TRUE(store->last_failure());
  EXPECT_EQ(store->load_messages(), std::vector{message(1)});
}

TEST_F(SqliteStoreOnDisk, GivesBackSeenMarksOldestFirst) {
  {
    auto store = open();
    EXPECT_TRUE(store->put_seen({"b", 1}));
    EXPECT_TRUE(store->put_seen({"a", 2}));
    EXPECT_TRUE(store->put_seen({"c", 3}));
    EXPECT_TRUE(store->erase_seen("c"));
  }
  EXPECT_EQ(open()->load_seen(), (std::vector<ports::StoredSeen>{{"b", 1}, {"a", 2}}));
}

TEST_F(SqliteStoreOnDisk, GivesBackState) {
  {
    auto store = open();
    EXPECT_FALSE(store->find("boot"));
    EXPECT_TRUE(store->put("boot", as_bytes("1")));
    EXPECT_TRUE(store->put("boot", as_bytes("2")));
    EXPECT_TRUE(store->put("empty", {}));
  }
  auto store = open();
  EXPECT_EQ(store->find("boot"), to_bytes("2"));
  EXPECT_EQ(store->find("empty"), Bytes{});
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(SqliteStoreOnDisk, LeavesNoTraceOfWhatWasReplacedOnceItIsErased) {
  const auto store = open();
  const std::string log = file().string() + "-wal";
  const auto holds = [&](std::string_view text) {
    return (contents(file()) + contents(log)).find(text) != std::string::npos;
  };
  for (const auto size : {std::size_t{40}, std::size_t{9000}}) {  // in a page, and over several
    std::string secret = "the old secret";
    secret.resize(size, 's');
    ASSERT_TRUE(store->put("keys", as_bytes(secret)));
    ASSERT_TRUE(store->put("keys", to_bytes("new")));
    EXPECT_TRUE(holds("the old secret"));
    EXPECT_TRUE(store->erase_replaced());
    EXPECT_FALSE(holds("the old secret")) << size;
    EXPECT_EQ(store->find("keys"), to_bytes("new"));
  }
  EXPECT_EQ(store->failures(), 0u);
}

TEST_F(SqliteStoreOnDisk, SaysThatATraceIsLeftWhileSomebodyReads) {
  const auto store = open();
  ASSERT_TRUE(store->put("keys", to_bytes("old")));
  auto reader = SqliteConnection::open(file());
  ASSERT_TRUE(reader);
  ASSERT_TRUE(reader->execute("BEGIN; SELECT * FROM state"));
  ASSERT_TRUE(store->put("keys", to_bytes("new")));
  EXPECT_FALSE(store->erase_replaced());
  ASSERT_TRUE(reader->execute("COMMIT"));
  EXPECT_TRUE(store->erase_replaced());
  EXPECT_EQ(store->failures(), 0u);
}

TEST_F(SqliteStoreOnDisk, MakesItsFilesPrivate) {
  auto store = open();
  EXPECT_TRUE(store->put("a", as_bytes("b")));
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    struct stat status {};
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << entry.path();
  }
}

/// Writes until it is killed and tells through the pipe what was acknowledged.
[[noreturn]] void write_for_ever(const std::filesystem::path& file, int pipe) {
  auto store = SqliteStore::open(file);
  if (!store) _exit(1);
  for (std::uint64_t id = 1;; ++id) {
    const std::string name = "identity-" + std::to_string(id);
    const ports::StoredMessage message{id, name, "alice", "bob", Bytes(700, 'x'), 1, 0, 5, 60};
    const ports::StoredRecord record{to_bytes(name), 1, 1, 0, Bytes(300, 'y'), Bytes(64, 'z')};
    if (!(*store)->put(message) || !(*store)->put(record) || !(*store)->put_seen({name, id})) {
      _exit(2);
    }
    if (write(pipe, &id, sizeof id) != sizeof id) _exit(3);
  }
}

TEST_F(SqliteStoreOnDisk, HoldsAllThatWasAcknowledgedBeforeAKill) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) write_for_ever(file(), ends[1]);
  close(ends[1]);
  std::uint64_t acknowledged = 0;
  std::uint64_t id = 0;
  while (read(ends[0], &id, sizeof id) == sizeof id) {
    acknowledged = id;
    if (id == 80) kill(child, SIGKILL);  // and whatever it still said goes on being read
  }
  close(ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed by itself: " << WEXITSTATUS(status);
  ASSERT_GE(acknowledged, 80U);

  auto store = open();
  const auto messages = store->load_messages();
  ASSERT_GE(messages.size(), acknowledged);
  ASSERT_LE(messages.size(), acknowledged + 1);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    EXPECT_EQ(messages[i].id, i + 1);
    EXPECT_EQ(messages[i].request, Bytes(700, 'x'));
  }
  EXPECT_GE(store->load_all().size(), acknowledged);
  EXPECT_GE(store->load_seen().size(), acknowledged);
}

TEST_F(SqliteStoreOnDisk, SaysSoWhenItIsFullAndKeepsWhatItHad) {
  SqliteStoreLimits limits;
  limits.database_bytes_max = 40 * 4096;
  auto store = open(limits);
  std::uint64_t stored = 0;
  while (stored < 1000) {
    auto next = message(stored + 1);
    next.request.assign(4000, 'x');
    if (!store->put(next)) break;
    ++stored;
  }
  EXPECT_GT(stored, 5U);
  EXPECT_LT(stored, 1000U);
  ASSERT_TRUE(store->last_failure());
  EXPECT_NE(store->last_failure()->sentence.find("full"), std::string::npos);
  EXPECT_EQ(store->load_messages().size(), stored);
  // A settled message gives its room back, so the node goes on by itself.
  auto settled = message(1);
  settled.request.clear();
  settled.state = 3;
  EXPECT_TRUE(store->put(settled));
}

TEST_F(SqliteStoreOnDisk, NamesTheDirectoryThatDoesNotExist) {
  const auto store = SqliteStore::open(directory_.path() / "missing" / "muster.db");
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().sentence.find("missing/muster.db"), std::string::npos);
  EXPECT_NE(store.error().sentence.find("state directory"), std::string::npos);
}

/// What opening says to a process without privileges; empty if it succeeds.
std::string opening_without_privileges(const std::filesystem::path& file) {
  constexpr uid_t nobody = 65534;
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(nobody) != 0) _exit(1);
    const auto store = SqliteStore::open(file);
    const std::string sentence = store ? "" : store.error().sentence;
    _exit(write(ends[1], sentence.data(), sentence.size()) < 0 ? 1 : 0);
  }
  close(ends[1]);
  std::string sentence(500, ' ');
  const auto size = read(ends[0], sentence.data(), sentence.size());
  sentence.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return sentence;
}

TEST_F(SqliteStoreOnDisk, RefusesADirectoryItMayNotWriteTo) {
  using std::filesystem::perms;
  std::filesystem::permissions(directory_.path(), perms::owner_read | perms::owner_exec |
                                                      perms::others_read | perms::others_exec);
  const auto sentence = opening_without_privileges(file());
  std::filesystem::permissions(directory_.path(), perms::owner_all);
  EXPECT_NE(sentence.find("Permission denied"), std::string::npos) << sentence;
}

TEST_F(SqliteStoreOnDisk, RefusesADamagedFile) {
  {
    auto store = open();
    for (std::uint64_t id = 1; id < 200; ++id) EXPECT_TRUE(store->put(message(id)));
  }
  {
    std::fstream damage(file(), std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 1; page < 6; ++page) {
      damage.seekp(page * 4096);
      damage << std::string(2000, '\x55');
    }
  }
  const auto store = SqliteStore::open(file());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().sentence, testing::HasSubstr("damaged"));
  EXPECT_THAT(store.error().sentence, testing::HasSubstr("move it aside"));
  EXPECT_THAT(store.error().sentence, testing::Not(testing::HasSubstr("\n")));
}

TEST_F(SqliteStoreOnDisk, RefusesAFileThatIsNoDatabase) {
  std::ofstream(file()) << std::string(5000, 'n');
  const auto store = SqliteStore::open(file());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().sentence, testing::HasSubstr("not a database"));
  EXPECT_THAT(store.error().sentence, testing::HasSubstr("move it aside"));
}

TEST_F(SqliteStoreOnDisk, RefusesTheDatabaseOfAnotherProgram) {
  {
    auto other = SqliteConnection::open(file());
    ASSERT_TRUE(other->execute("CREATE TABLE theirs (x)"));
  }
  const auto store = SqliteStore::open(file());
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().sentence.find("another program"), std::string::npos);
}

TEST_F(SqliteStoreOnDisk, RefusesASchemaFromTheFuture) {
  open().reset();
  {
    auto future = SqliteConnection::open(file());
    ASSERT_TRUE(future->execute("PRAGMA user_version = 99"));
  }
  const auto store = SqliteStore::open(file());
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().sentence.find("newer musterd"), std::string::npos);
}

TEST_F(SqliteStoreOnDisk, SurvivesAReaderHoldingTheDatabase) {
  auto store = open();
  auto reader = SqliteConnection::open(file());
  ASSERT_TRUE(reader->execute("BEGIN"));
  ASSERT_TRUE(reader->ask("SELECT count(*) FROM messages"));
  EXPECT_TRUE(store->put(message(1)));
  EXPECT_TRUE(reader->execute("COMMIT"));
}

}  // namespace
}  // namespace muster::io
