// SPDX-License-Identifier: Apache-2.0
#include "node/io/event_publisher.hpp"

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "node/io/control_codec.hpp"
#include "node/io/event_text.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::node {
namespace {

using Kind = NodeEvent::Kind;

const NumberedEvent answered{
    7, 1'777'627'800'250, {Kind::call_answered, "alice@x", "dave@x", 0, "c1", "", ""}};

class Events : public testing::Test {
 protected:
  [[nodiscard]] std::string endpoint() const {
    return events_endpoint("ipc://" + directory_.path().string() + "/control.sock");
  }
  test::TemporaryDirectory directory_;
  asio::io_context io_;
};

TEST_F(Events, ReachWhoListens) {
  const auto publisher = EventPublisher::open(io_, endpoint());
  ASSERT_TRUE(publisher) << publisher.error().sentence;
  for (int i = 0; i < 2; ++i) {  // the second as well as the first
    const auto listener = EventListener::open(endpoint());
    ASSERT_TRUE(listener) << listener.error().sentence;
    EXPECT_FALSE((*listener)->greeted());
    for (int attempt = 0; attempt < 1000 && !(*listener)->greeted(); ++attempt) {
      io_.poll();
      EXPECT_FALSE((*listener)->next(std::chrono::milliseconds{10}));
    }
    ASSERT_TRUE((*listener)->greeted());
    (*publisher)->publish(answered);
    EXPECT_EQ((*listener)->next(std::chrono::seconds{10}), answered);
  }
}

TEST_F(Events, AreForTheirOwnerOnly) {
  ASSERT_TRUE(EventPublisher::open(io_, endpoint()));
  const auto publisher = EventPublisher::open(io_, endpoint());
  struct stat status {};
  ASSERT_EQ(stat(endpoint().substr(6).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(Events, CannotBeHeardWhereNoNodeRuns) {
  const auto listener = EventListener::open(endpoint());
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().sentence, testing::HasSubstr("is musterd running"));
}

TEST(EventCodec, RefusesWhatIsNoEvent) {
  EXPECT_EQ(decode_event(encode_event(answered)), answered);
  EXPECT_FALSE(decode_event(as_bytes("\xff\xff")));
  EXPECT_FALSE(decode_event({}));
  EXPECT_FALSE(decode_event(Bytes(control_event_bytes_max + 1)));
}

TEST(EventText, IsALineForPeopleAndOneForScripts) {
  EXPECT_EQ(event_text(answered), "09:30:00 call_answered alice@x -> dave@x");
  EXPECT_EQ(event_json(answered),
            R"({"number":7,"time":"2026-05-01T09:30:00.250Z","event":"call_answered",)"
            R"("from":"alice@x","to":"dave@x","call_id":"c1"})");
}

TEST(EventText, NothingFromAPhoneSteersATerminalOrBreaksJson) {
  NumberedEvent event{1, 0, {.kind = Kind::refused, .from = "\x1b[2J\xff\n", .status = 403}};
  EXPECT_EQ(event_text(event), "00:00:00 refused ?[2J\xff? status 403");
  EXPECT_TRUE(nlohmann::json::accept(event_json(event)));
}

}  // namespace
}  // namespace muster::node
