// SPDX-License-Identifier: Apache-2.0
#include "core/dtn/seen_messages.hpp"

#include <gtest/gtest.h>

#include "core/ports/memory_message_store.hpp"

namespace muster::dtn {
namespace {

using namespace std::chrono_literals;

const TimePoint start = TimePoint{} + 1h;

TEST(SeenMessages, RemembersOverARestart) {
  ports::MemorySeenStore store;
  SeenMessages first(store);
  first.start(start);
  EXPECT_FALSE(first.seen("a"));
  EXPECT_TRUE(first.mark(start, "a"));
  EXPECT_TRUE(first.seen("a"));
  SeenMessages second(store);
  second.start(start);
  EXPECT_TRUE(second.seen("a"));
  EXPECT_FALSE(second.seen("b"));
}

TEST(SeenMessages, RemembersInMemoryWhatItCannotStore) {
  ports::MemorySeenStore store;
  SeenMessages seen(store);
  seen.start(start);
  store.fail = true;
  EXPECT_FALSE(seen.mark(start, "a"));
  EXPECT_FALSE(seen.mark(start, "a"));
  EXPECT_TRUE(seen.seen("a"));
  EXPECT_TRUE(store.load_seen().empty());
}

TEST(SeenMessages, StoresLaterWhatItCouldNotStore) {
  ports::MemorySeenStore store;
  SeenMessages seen(store);
  seen.start(start);
  store.fail = true;
  EXPECT_FALSE(seen.mark(start, "a"));
  store.fail = false;
  EXPECT_TRUE(seen.mark(start + 1s, "b"));
  EXPECT_TRUE(seen.mark(start + 2s, "a"));
  SeenMessages second(store);
  second.start(start);
  EXPECT_TRUE(second.seen("a"));
  EXPECT_TRUE(second.seen("b"));
}

TEST(SeenMessages, ForgetsByPoweredOnTime) {
  ports::MemorySeenStore store;
  SeenMessages first(store);
  first.start(start);
  EXPECT_TRUE(first.mark(start, "a"));
  EXPECT_TRUE(first.mark(start + 24h * 10, "b"));
  SeenMessages second(store);
  second.start(start + 24h * 365);  // off for a year: no time has passed
  EXPECT_TRUE(second.mark(start + 24h * 365, "c"));
  EXPECT_TRUE(second.seen("a"));
  EXPECT_TRUE(second.mark(start + 24h * 370, "d"));
  EXPECT_FALSE(second.seen("a"));
  EXPECT_TRUE(second.seen("b"));
  EXPECT_EQ(store.load_seen().size(), 3U);
}

TEST(SeenMessages, ForgetsTheOldestWhenThereAreTooMany) {
  ports::MemorySeenStore store;
  SeenMessages seen(store, {.entries_max = 3});
  seen.start(start);
  for (const char* each : {"a", "b", "c", "d"}) EXPECT_TRUE(seen.mark(start, each));
  EXPECT_FALSE(seen.seen("a"));
  EXPECT_TRUE(seen.seen("b"));
  EXPECT_EQ(seen.size(), 3U);
}

TEST(SeenMessages, RefusesAnIdentityThatIsTooLong) {
  ports::MemorySeenStore store;
  SeenMessages seen(store);
  seen.start(start);
  EXPECT_FALSE(seen.mark(start, std::string(65, 'x')));
  EXPECT_FALSE(seen.mark(start, ""));
}

}  // namespace
}  // namespace muster::dtn
