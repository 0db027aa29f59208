// SPDX-License-Identifier: Apache-2.0
#include "sip/stream_framer.hpp"

#include <gtest/gtest.h>

#include "core/base/seeded_random.hpp"
#include "tests/support/drain.hpp"

namespace muster::sip {
namespace {

using Kind = StreamFramer::Output::Kind;

std::string message(const std::string& body, const std::string& name = "Content-Length") {
  return "MESSAGE sip:a@b SIP/2.0\r\n" + name + ": " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

std::vector<std::string> messages_in(StreamFramer& framer) {
  std::vector<std::string> found;
  while (auto output = framer.poll()) {
    if (output->kind == Kind::message) found.emplace_back(as_text(output->message));
  }
  return found;
}

TEST(StreamFramer, FindsEachMessageHoweverTheStreamIsCut) {
  const std::string one = message("hello\r\n\r\nworld");
  const std::string two = message("", "l");
  const std::string three = message("!", "content-length ");
  const std::string stream = one + two + "\r\n\r\n" + three;
  SeededRandom random(1);
  for (int round = 0; round < 200; ++round) {
    StreamFramer framer;
    for (std::size_t at = 0; at < stream.size();) {
      const auto size = std::min<std::size_t>(stream.size() - at, 1 + random.next() % 40);
      framer.receive(as_bytes(stream.substr(at, size)));
      at += size;
    }
    EXPECT_EQ(messages_in(framer), (std::vector<std::string>{one, two, three}));
    EXPECT_FALSE(framer.fault());
    EXPECT_FALSE(framer.within_message());
  }
}

TEST(StreamFramer, TakesTwoLineEndsForAPing) {
  StreamFramer framer;
  framer.receive(as_bytes("\r\n"));
  EXPECT_FALSE(framer.poll());
  framer.receive(as_bytes("\r\n"));
  const auto ping = framer.poll();
  ASSERT_TRUE(ping);
  EXPECT_EQ(ping->kind, Kind::ping);
  EXPECT_FALSE(framer.poll());
}

TEST(StreamFramer, ASingleLineEndBeforeAMessageIsNoPing) {
  StreamFramer framer;
  framer.receive(as_bytes("\r\n" + message("a") + "\r\n" + message("b")));
  EXPECT_EQ(framer.poll()->kind, Kind::message);
  EXPECT_EQ(framer.poll()->kind, Kind::message);
  EXPECT_FALSE(framer.poll());
}

struct Faulty {
  const char* name;
  std::string stream;
  StreamFramer::Fault fault;
};
class StreamFramerFault : public testing::TestWithParam<Faulty> {};

TEST_P(StreamFramerFault, EndsTheStream) {
  StreamFramer framer;
  framer.receive(as_bytes(GetParam().stream));
  EXPECT_EQ(framer.fault(), GetParam().fault);
  framer.receive(as_bytes(message("after")));
  EXPECT_TRUE(messages_in(framer).empty());
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, StreamFramerFault,
    testing::Values(Faulty{"NoLength", "MESSAGE sip:a@b SIP/2.0\r\nTo: x\r\n\r\n",
                           StreamFramer::Fault::no_length},
                    Faulty{"NotANumber", "M s SIP/2.0\r\nContent-Length: 1x\r\n\r\n",
                           StreamFramer::Fault::bad_length},
                    Faulty{"Negative", "M s SIP/2.0\r\nContent-Length: -1\r\n\r\n",
                           StreamFramer::Fault::bad_length},
                    Faulty{"BeyondAnyNumber", "M s SIP/2.0\r\nl: 99999999999999999999999\r\n\r\n",
                           StreamFramer::Fault::bad_length},
                    Faulty{"TwoThatDiffer", "M s SIP/2.0\r\nl: 1\r\nContent-Length: 2\r\n\r\nab",
                           StreamFramer::Fault::bad_length},
                    Faulty{"TooLarge", "M s SIP/2.0\r\nl: 65535\r\n\r\n",
                           StreamFramer::Fault::message_too_large},
                    Faulty{"EndlessHeader", std::string(32'769, 'a'),
                           StreamFramer::Fault::header_too_large}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace muster::sip
