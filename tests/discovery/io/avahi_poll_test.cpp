// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/avahi_poll.hpp"

#include <chrono>

#include <unistd.h>

namespace muster::discovery {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;

timeval wall_time_in(std::chrono::microseconds span) {
  const auto at = std::chrono::system_clock::now().time_since_epoch() + span;
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(at);
  return {whole.count(), std::chrono::duration_cast<std::chrono::microseconds>(at - whole).count()};
}

/// Avahi's side of the poll: what it does when it is called, and how often it was.
struct AvahiSide {
  const AvahiPoll* poll;
  int calls = 0;
  AvahiWatchEvent seen{};
  AvahiWatch* watch = nullptr;
  AvahiTimeout* timeout = nullptr;
};

AvahiSide& side_of(void* userdata) { return *static_cast<AvahiSide*>(userdata); }

class AvahiPollTest : public testing::Test {
 protected:
  AvahiPollTest() { EXPECT_EQ(pipe(ends), 0); }
  ~AvahiPollTest() override {
    close(ends[0]);
    close(ends[1]);
  }
  void fill() { ASSERT_EQ(write(ends[1], "x", 1), 1); }
  /// Runs handlers until there were `calls` calls.
  void run_until(const int& calls, int wanted) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (calls < wanted && std::chrono::steady_clock::now() < until) {
      io.restart();
      io.run_one_for(100ms);
    }
  }

  asio::io_context io{1};
  AvahiPoll poll = avahi_poll_on(io);
  AvahiSide side{&poll};
  int ends[2]{};
};

TEST_F(AvahiPollTest, CallsAgainWhileThereIsSomethingToRead) {
  side.watch = poll.watch_new(
      &poll, ends[0], AVAHI_WATCH_IN,
      [](AvahiWatch* watch, int, AvahiWatchEvent, void* userdata) {
        ++side_of(userdata).calls;
        side_of(userdata).seen = side_of(userdata).poll->watch_get_events(watch);
      },
      &side);
  ASSERT_NE(side.watch, nullptr);
  io.poll();
  EXPECT_EQ(side.calls, 0);
  fill();
  run_until(side.calls, 3);
  EXPECT_EQ(side.calls, 3);
  EXPECT_EQ(side.seen, AVAHI_WATCH_IN);
  poll.watch_free(side.watch);
}

TEST_F(AvahiPollTest, WatchesOneDescriptorTwice) {
  const auto count = [](AvahiWatch*, int, AvahiWatchEvent, void* userdata) {
    ++side_of(userdata).calls;
  };
  AvahiSide writer{&poll};
  AvahiWatch* const reads = poll.watch_new(&poll, ends[1], AvahiWatchEvent{}, count, &side);
  AvahiWatch* const writes = poll.watch_new(&poll, ends[1], AVAHI_WATCH_OUT, count, &writer);
  ASSERT_NE(writes, nullptr);
  run_until(writer.calls, 1);
  EXPECT_EQ(writer.calls, 1);
  EXPECT_EQ(side.calls, 0);
  poll.watch_free(reads);
  poll.watch_free(writes);
}

TEST_F(AvahiPollTest, AWatchMayBeFreedFromItsOwnCall) {
  side.watch = poll.watch_new(
      &poll, ends[0], AVAHI_WATCH_IN,
      [](AvahiWatch* watch, int, AvahiWatchEvent, void* userdata) {
        ++side_of(userdata).calls;
        side_of(userdata).poll->watch_free(watch);
      },
      &side);
  fill();
  run_until(side.calls, 1);
  io.restart();
  io.poll();
  EXPECT_EQ(side.calls, 1);
}

TEST_F(AvahiPollTest, AWatchThatWantsNothingMoreIsNotCalled) {
  side.watch = poll.watch_new(
      &poll, ends[0], AVAHI_WATCH_IN,
      [](AvahiWatch*, int, AvahiWatchEvent, void* userdata) { ++side_of(userdata).calls; }, &side);
  fill();
  poll.watch_update(side.watch, AvahiWatchEvent{});
  io.poll();
  EXPECT_EQ(side.calls, 0);
  poll.watch_update(side.watch, AVAHI_WATCH_IN);
  run_until(side.calls, 1);
  EXPECT_EQ(side.calls, 1);
  poll.watch_free(side.watch);
}

TEST_F(AvahiPollTest, ATimerFiresOnceAndAtOnceIfItsTimeIsPast) {
  const timeval past = wall_time_in(-5s);
  side.timeout = poll.timeout_new(
      &poll, &past, [](AvahiTimeout*, void* userdata) { ++side_of(userdata).calls; }, &side);
  run_until(side.calls, 1);
  io.restart();
  io.poll();
  EXPECT_EQ(side.calls, 1);
  poll.timeout_free(side.timeout);
}

TEST_F(AvahiPollTest, ATimerMayBeSetAgainAndFreedFromItsOwnCall) {
  side.timeout = poll.timeout_new(
      &poll, nullptr,
      [](AvahiTimeout* timeout, void* userdata) {
        AvahiSide& of = side_of(userdata);
        const timeval now = wall_time_in(0s);
        if (++of.calls < 3) {
          of.poll->timeout_update(timeout, &now);
        } else {
          of.poll->timeout_free(timeout);
        }
      },
      &side);
  io.poll();
  EXPECT_EQ(side.calls, 0);
  const timeval soon = wall_time_in(1ms);
  poll.timeout_update(side.timeout, &soon);
  run_until(side.calls, 3);
  EXPECT_EQ(side.calls, 3);
}

}  // namespace
}  // namespace muster::discovery
