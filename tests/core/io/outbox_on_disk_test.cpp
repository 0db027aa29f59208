// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

#include "core/dtn/outbox.hpp"
#include "core/dtn/seen_messages.hpp"
#include "core/io/sqlite_store.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::io {
namespace {

using namespace std::chrono_literals;

class OutboxOnDisk : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return directory_.path() / "muster.db"; }

  test::TemporaryDirectory directory_;
  TimePoint now_ = TimePoint{} + 1h;
};

/// Accepts messages, tries each once without an outcome, and dies with no chance to tidy up.
void accept_and_die(const std::filesystem::path& file, TimePoint now) {
  auto store = SqliteStore::open(file);
  if (!store) _exit(1);
  dtn::Outbox outbox(**store, {}, 1);
  dtn::SeenMessages seen(**store);
  outbox.start(now);
  seen.start(now);
  outbox.recipient_reachable(now, "bob");
  for (int i = 0; i < 20; ++i) {
    const std::string identity = "m" + std::to_string(i);
    if (!outbox.submit(now, {identity, "alice", "bob", to_bytes(identity), 0s, 0s})) _exit(2);
    if (!seen.mark(now, identity)) _exit(3);
  }
  kill(getpid(), SIGKILL);
}

TEST_F(OutboxOnDisk, DeliversAfterAKillAllThatWasAcceptedInOrder) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) accept_and_die(file(), now_);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "failed by itself: " << WEXITSTATUS(status);

  auto store = SqliteStore::open(file());
  ASSERT_TRUE(store) << store.error().sentence;
  dtn::Outbox outbox(**store, {}, 1);
  outbox.start(now_);
  outbox.recipient_reachable(now_, "bob");
  for (int i = 0; i < 20; ++i) {
    const auto output = outbox.poll();
    ASSERT_TRUE(output);
    const auto& attempt = std::get<dtn::Outbox::Attempt>(*output);
    EXPECT_EQ(attempt.message.identity, "m" + std::to_string(i));
    EXPECT_EQ(attempt.message.request, to_bytes(attempt.message.identity));
    outbox.outcome(now_, attempt.id, dtn::Outcome::delivered);
  }
  EXPECT_EQ(outbox.waiting(), 0U);
  dtn::SeenMessages seen(**store);
  seen.start(now_);
  EXPECT_EQ(seen.size(), 20U);
}

TEST_F(OutboxOnDisk, RefusesOpenlyWhenTheDiskIsFull) {
  SqliteStoreLimits limits;
  limits.database_bytes_max = 40 * 4096;
  auto store = SqliteStore::open(file(), limits);
  ASSERT_TRUE(store) << store.error().sentence;
  dtn::Outbox outbox(**store, {}, 1);
  outbox.start(now_);
  Result<dtn::MessageId, dtn::Refusal> result;
  int accepted = -1;
  do {
    ++accepted;
    const std::string identity = "m" + std::to_string(accepted);
    result = outbox.submit(now_, {identity, "alice", "bob", Bytes(4000, 'x'), 0s, 0s});
  } while (result && accepted < 1000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), dtn::Refusal::storage_failed);
  EXPECT_EQ(outbox.waiting(), static_cast<std::size_t>(accepted));
  EXPECT_EQ((*store)->load_messages().size(), static_cast<std::size_t>(accepted));
}

}  // namespace
}  // namespace muster::io
